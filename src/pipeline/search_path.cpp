#include "pipeline/search_path.hpp"

#include "core/identifier.hpp"

namespace sqlproxy::pipeline {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

// A quoted name behind its opening quote; none when it does not end.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string name;
  for (;;) {
    const std::size_t quote = text.find('"');
    if (quote == std::string_view::npos) return std::nullopt;
    name += text.substr(0, quote);
    text.remove_prefix(quote + 1);
    if (!text.starts_with('"')) return name;
    name += '"';
    text.remove_prefix(1);
  }
}

std::string take_unquoted(std::string_view& text) {
  std::string name;
  while (!text.empty() && text.front() != ',' && !is_space(text.front())) {
    const char c = text.front();
    name.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    text.remove_prefix(1);
  }
  return name;
}

}  // namespace

std::optional<std::vector<std::string>> parse_search_path(std::string_view text) {
  std::vector<std::string> names;
  skip_spaces(text);
  if (text.empty()) return names;
  for (;;) {
    std::string name;
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      auto quoted = take_quoted(text);
      if (!quoted) return std::nullopt;
      name = *std::move(quoted);
    } else {
      name = take_unquoted(text);
      if (name.empty()) return std::nullopt;
    }
    names.emplace_back(core::truncate_identifier(name));
    skip_spaces(text);
    if (text.empty()) return names;
    if (text.front() != ',') return std::nullopt;
    text.remove_prefix(1);
    skip_spaces(text);
  }
}

}  // namespace sqlproxy::pipeline
