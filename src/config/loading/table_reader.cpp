#include "config/loading/table_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "config/loading/nearest.hpp"
#include "config/loading/units.hpp"

namespace sqlproxy::config::loading {

namespace {

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

Place TableReader::place() const {
  return place_of(*table_);
}

Place TableReader::place(std::string_view key) const {
  const toml::node* const node = table_->get(key);
  return node == nullptr ? place() : place_of(*node);
}

const toml::node* TableReader::find(std::string_view key) {
  known_.push_back(key);
  return table_->get(key);
}

bool TableReader::wrong_type(std::string_view key, const toml::node& node, std::string_view expected) const {
  fault(place_of(node),
        in_quotes(key) + " must be " + std::string(expected) + ", not " + std::string(type_with_article(node)));
  return false;
}

bool TableReader::acceptable(std::string_view key, const LocatedText& text) const {
  if (text.text().empty()) {
    fault(text.place(), in_quotes(key) + " is empty");
    return false;
  }
  if (has_control_character(text.text())) {
    fault(text.place(), in_quotes(key) + " has a control character");
    return false;
  }
  return true;
}

bool TableReader::boolean(std::string_view key, bool& out) {
  const toml::node* const node = find(key);
  if (node == nullptr) return false;
  const auto* const value = node->as_boolean();
  if (value == nullptr) return wrong_type(key, *node, "true or false");
  out = value->get();
  return true;
}

bool TableReader::integer(std::string_view key, std::int64_t& out, std::int64_t min, std::int64_t max) {
  const toml::node* const node = find(key);
  if (node == nullptr) return false;
  const auto* const value = node->as_integer();
  if (value == nullptr) return wrong_type(key, *node, "an integer");
  if (value->get() < min || value->get() > max) {
    fault(place_of(*node), in_quotes(key) + " must be from " + std::to_string(min) + " to " + std::to_string(max));
    return false;
  }
  out = value->get();
  return true;
}

bool TableReader::count(std::string_view key, std::size_t& out, std::size_t min, std::size_t max) {
  std::int64_t value = 0;
  if (!integer(key, value, static_cast<std::int64_t>(min), static_cast<std::int64_t>(max))) return false;
  out = static_cast<std::size_t>(value);
  return true;
}

bool TableReader::positive_number(std::string_view key, double& out) {
  const toml::node* const node = find(key);
  if (node == nullptr) return false;
  const auto value = node->value<double>();
  if (!node->is_number() || !value) return wrong_type(key, *node, "a number");
  if (!std::isfinite(*value) || *value <= 0) {
    fault(place_of(*node), in_quotes(key) + " must be greater than 0");
    return false;
  }
  out = *value;
  return true;
}

bool TableReader::duration(std::string_view key, std::chrono::milliseconds& out, std::chrono::milliseconds min,
                           std::chrono::milliseconds max) {
  const auto text = located_text(key);
  if (!text) return false;
  const auto value = parse_duration(text->text());
  if (!value) {
    fault(text->place(),
          in_quotes(key) + R"( must be a duration like "250ms", "30s", "5m", "1h" or "1d", not )" + text->shown());
    return false;
  }
  if (*value < min || *value > max) {
    fault(text->place(), in_quotes(key) + " must be from " + std::to_string(min.count()) + "ms to " +
                             std::to_string(max.count()) + "ms");
    return false;
  }
  out = *value;
  return true;
}

bool TableReader::size(std::string_view key, std::size_t& out, std::size_t min, std::size_t max) {
  const auto text = located_text(key);
  if (!text) return false;
  const auto value = parse_size(text->text());
  if (!value) {
    fault(text->place(),
          in_quotes(key) + R"( must be a size like "512B", "64KiB", "1MiB" or "1GiB", not )" + text->shown());
    return false;
  }
  if (*value < min || *value > max) {
    fault(text->place(), in_quotes(key) + " must be from " + std::to_string(min) + "B to " + std::to_string(max) + 'B');
    return false;
  }
  out = *value;
  return true;
}

std::optional<LocatedText> TableReader::located_text(std::string_view key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  auto text = LocatedText::read(*node, in_quotes(key), context_->directory, context_->faults);
  if (text && !acceptable(key, *text)) return std::nullopt;
  return text;
}

bool TableReader::text(std::string_view key, std::string& out) {
  const auto text = located_text(key);
  if (!text) return false;
  out = text->text();
  return true;
}

bool TableReader::secret(std::string_view key, std::optional<core::Secret>& out) {
  const toml::node* const node = find(key);
  if (node == nullptr) return false;
  const auto text = LocatedText::read(*node, in_quotes(key), context_->directory, context_->faults);
  if (!text) return false;
  if (text->text().empty() || text->text().find('\0') != std::string_view::npos) {
    fault(text->place(), in_quotes(key) + (text->text().empty() ? " is empty" : " has a zero byte"));
    return false;
  }
  out = text->secret();
  return true;
}

std::optional<std::vector<LocatedText>> TableReader::located_texts(std::string_view key, Emptiness emptiness) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  const toml::array* const array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, "an array of strings");
    return std::nullopt;
  }
  if (array->empty() && emptiness == Emptiness::refused) {
    fault(place_of(*node), in_quotes(key) + " is empty");
    return std::nullopt;
  }
  std::vector<LocatedText> texts;
  for (const toml::node& element : *array) {
    auto text = LocatedText::read(element, "each of " + in_quotes(key), context_->directory, context_->faults);
    if (text && acceptable(key, *text)) texts.push_back(*std::move(text));
  }
  return texts;
}

bool TableReader::texts(std::string_view key, std::vector<std::string>& out, Emptiness emptiness) {
  const auto texts = located_texts(key, emptiness);
  if (!texts) return false;
  out.clear();
  for (const LocatedText& text : *texts) out.emplace_back(text.text());
  return true;
}

bool TableReader::path(std::string_view key, std::filesystem::path& out) {
  const auto text = located_text(key);
  if (!text) return false;
  out = (context_->directory / text->text()).lexically_normal();
  return true;
}

std::string TableReader::child_name(std::string_view key) const {
  if (name_.empty()) return '[' + safe_name(key) + ']';
  std::string name = name_;
  const std::size_t end = name.find(']');
  return name.insert(end, '.' + safe_name(key));
}

std::optional<TableReader> TableReader::table(std::string_view key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  const toml::table* const table = node->as_table();
  if (table == nullptr) {
    wrong_type(key, *node, "a table");
    return std::nullopt;
  }
  return TableReader(*table, child_name(key), *context_);
}

std::vector<TableReader> TableReader::tables(std::string_view key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return {};
  std::vector<TableReader> readers;
  const toml::array* const array = node->as_array();
  if (array == nullptr) {
    wrong_type(key, *node, "an array of tables, as in [" + child_name(key) + "]");
    return {};
  }
  for (const toml::node& element : *array) {
    if (const toml::table* const table = element.as_table()) {
      readers.emplace_back(*table, '[' + child_name(key) + ']', *context_);
    } else {
      fault(place_of(element),
            "each of " + in_quotes(key) + " must be a table, not " + std::string(type_with_article(element)));
    }
  }
  return readers;
}

std::vector<std::pair<const toml::key*, TableReader>> TableReader::named_tables() {
  std::vector<std::pair<const toml::key*, TableReader>> readers;
  for (const auto& [key, node] : *table_) {
    if (const toml::table* const table = node.as_table()) {
      readers.emplace_back(&key, TableReader(*table, child_name(key.str()), *context_));
    } else {
      wrong_type(key.str(), node, "a table");
    }
  }
  return readers;
}

void TableReader::finish() const {
  for (const auto& [key, node] : *table_) {
    if (std::ranges::find(known_, key.str()) != known_.end()) continue;
    std::string message = "unknown key " + in_quotes(key.str());
    if (!name_.empty()) message += " in " + name_;
    if (const std::string_view near = nearest(key.str(), known_); !near.empty()) {
      message += "; did you mean " + in_quotes(near) + '?';
    }
    fault(place_of(key), std::move(message));
  }
}

}  // namespace sqlproxy::config::loading
