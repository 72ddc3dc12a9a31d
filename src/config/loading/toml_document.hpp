#pragma once

#include <optional>
#include <string_view>

#include "config/loading/fault_list.hpp"
#include "config/loading/toml.hpp"

namespace sqlproxy::config::loading {

// Bytes of a configuration file at most.
inline constexpr std::size_t kMaxFileBytes = std::size_t{16} << 20;

// Parses TOML from an untrusted `text`. A fault of its syntax goes to `faults`, without any of the text that could be a
// password, and nothing is returned.
[[nodiscard]] std::optional<toml::table> parse_toml(std::string_view text, FaultList& faults);

// Where a value, or a key, begins.
[[nodiscard]] Place place_of(const toml::source_region& source);
[[nodiscard]] inline Place place_of(const toml::node& node) {
  return place_of(node.source());
}
[[nodiscard]] inline Place place_of(const toml::key& key) {
  return place_of(key.source());
}

// "a string", "an array", ...
[[nodiscard]] std::string_view type_with_article(const toml::node& node);

}  // namespace sqlproxy::config::loading
