#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace sqlproxy::identity {

// How deep values may lie in one another.
inline constexpr std::size_t kMaxJsonDepth = 32;

// Reads one JSON object and nothing after it. Where readers of JSON differ there is none: a name that an object has
// twice, text that is not UTF-8, numbers out of range.
[[nodiscard]] std::optional<nlohmann::json> parse_json_object(std::string_view text);

}  // namespace sqlproxy::identity
