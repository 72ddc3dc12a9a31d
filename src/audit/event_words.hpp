#pragma once

#include <string_view>

#include "audit/event.hpp"

namespace sqlproxy::audit {

// The words of format `native`.
[[nodiscard]] std::string_view to_word(EventKind kind);
[[nodiscard]] std::string_view to_word(Protocol protocol);
[[nodiscard]] std::string_view to_word(Decision decision);
[[nodiscard]] std::string_view to_word(EventStatus status);
[[nodiscard]] std::string_view to_word(TableUsage usage);

}  // namespace sqlproxy::audit
