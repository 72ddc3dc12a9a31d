#include "pipeline/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace sqlproxy::pipeline {

void JsonReader::skip_space() {
  constexpr std::string_view kSpace = " \t\n\r";
  place_ = std::min(text_.find_first_not_of(kSpace, place_), text_.size());
}

bool JsonReader::take(char mark) {
  skip_space();
  if (place_ == text_.size() || text_[place_] != mark) return false;
  ++place_;
  return true;
}

bool JsonReader::take_null() {
  constexpr std::string_view kNull = "null";
  skip_space();
  if (!text_.substr(place_).starts_with(kNull)) return false;
  place_ += kNull.size();
  return true;
}

std::optional<std::uint64_t> JsonReader::take_integer() {
  skip_space();
  std::uint64_t value = 0;
  const char* begin = text_.data() + place_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
  if (error != std::errc{}) return std::nullopt;
  place_ += static_cast<std::size_t>(end - begin);
  return value;
}

std::optional<std::string> JsonReader::take_string() {
  if (!take('"')) return std::nullopt;
  std::string value;
  while (place_ < text_.size()) {
    const char c = text_[place_++];
    if (c == '"') return value;
    if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
    if (c != '\\') {
      value += c;
      continue;
    }
    const std::optional<char> escaped = take_escape();
    if (!escaped) return std::nullopt;
    value += *escaped;
  }
  return std::nullopt;
}

// After the backslash.
std::optional<char> JsonReader::take_escape() {
  if (place_ == text_.size()) return std::nullopt;
  switch (const char c = text_[place_++]) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': {
      constexpr std::size_t kDigits = 4;
      const std::string_view digits = text_.substr(place_, kDigits);
      unsigned code = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
      const bool complete = digits.size() == kDigits && error == std::errc{} && end == digits.data() + kDigits;
      if (!complete || code == 0 || code > 0x7f) return std::nullopt;
      place_ += kDigits;
      return static_cast<char>(code);
    }
    default: return std::nullopt;
  }
}

bool JsonReader::at_end() {
  skip_space();
  return place_ == text_.size();
}

}  // namespace sqlproxy::pipeline
