#include "config/loading/toml_document.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sqlproxy::config::loading {

namespace {

// toml++ nests one table in another for each dot of a key, and ends them recursively. Keys cannot span lines, so this
// and TOML_MAX_NESTED_VALUES bound the depth of the stack, whatever the quoting.
constexpr int kMaxDotsPerLine = 512;

// Where `text` has too many dots on a line.
std::optional<Place> find_overlong_key(std::string_view text) {
  Place place{1, 0};
  int dots = 0;
  for (const char c : text) {
    ++place.column;
    if (c == '\n') {
      place = Place{place.line + 1, 0};
      dots = 0;
    } else if (c == '.' && ++dots > kMaxDotsPerLine) {
      return place;
    }
  }
  return std::nullopt;
}

// toml++ quotes what it saw, which may be a piece of a secret that lacks its quotes: cuts that off. Where it read a
// key, what it quotes is the key's name, and stays.
std::string redact(std::string_view description) {
  description = description.substr(0, description.find(", saw '"));
  std::string message(description);
  if (message.starts_with("Error")) message.front() = 'e';
  const bool of_key =
      message.find("parsing key") != std::string::npos || message.find("parsing table") != std::string::npos;
  if (of_key || message.find("expected '") != std::string::npos) return message;
  const std::size_t first = message.find('\'');
  const std::size_t last = message.rfind('\'');
  if (first != last) message.replace(first, last - first + 1, "the value");
  return message;
}

}  // namespace

std::optional<toml::table> parse_toml(std::string_view text, FaultList& faults) {
  if (text.size() > kMaxFileBytes) {
    faults.fault({}, "the file is longer than " + std::to_string(kMaxFileBytes) + " bytes");
    return std::nullopt;
  }
  if (const auto place = find_overlong_key(text)) {
    faults.fault(*place, "more than " + std::to_string(kMaxDotsPerLine) + " dots on one line; use several lines");
    return std::nullopt;
  }
  toml::parse_result result = toml::parse(text);
  if (!result) {
    faults.fault(place_of(result.error().source()), redact(result.error().description()));
    return std::nullopt;
  }
  return std::move(result).table();
}

Place place_of(const toml::source_region& source) {
  return Place{static_cast<int>(source.begin.line), static_cast<int>(source.begin.column)};
}

std::string_view type_with_article(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a float";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time";
    case toml::node_type::date_time: return "a date-time";
    case toml::node_type::none: break;
  }
  return "nothing";
}

}  // namespace sqlproxy::config::loading
