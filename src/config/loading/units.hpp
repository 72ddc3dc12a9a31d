#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sqlproxy::config::loading {

// A whole number and one of ms, s, m, h, d: "250ms", "30s"; or "0". Nothing when malformed or beyond 100 years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// A whole number and one of B, KiB, MiB, GiB: "64KiB"; or "0". In bytes; nothing when malformed or beyond 2^53.
[[nodiscard]] std::optional<std::size_t> parse_size(std::string_view text);

}  // namespace sqlproxy::config::loading
