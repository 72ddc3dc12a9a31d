#include "admin/console_lexer.hpp"

#include <algorithm>

namespace sqlproxy::admin {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters of other alphabets are bytes with the highest bit set.
bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Names of databases often have a dash or a dot in them, which PgBouncer takes without quotes.
bool is_word_part(char c) {
  return is_word_start(c) || is_digit(c) || c == '-' || c == '.' || c == '$';
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

}  // namespace

bool ConsoleToken::is(std::string_view word) const {
  return kind == Kind::word && std::ranges::equal(text, word, {}, upper);
}

bool ConsoleLexer::skip_blanks() {
  while (!rest_.empty()) {
    if (is_blank(rest_.front())) {
      rest_.remove_prefix(1);
    } else if (rest_.starts_with("--")) {
      rest_.remove_prefix(std::min(rest_.size(), rest_.find('\n')));
    } else if (rest_.starts_with("/*")) {
      const std::size_t end = rest_.find("*/", 2);
      if (end == std::string_view::npos) return false;
      rest_.remove_prefix(end + 2);
    } else {
      break;
    }
  }
  return true;
}

ConsoleToken ConsoleLexer::quoted(char quote, ConsoleToken::Kind kind) {
  ConsoleToken token{kind, {}};
  for (std::size_t i = 1; i < rest_.size(); ++i) {
    if (rest_[i] != quote) {
      token.text.push_back(rest_[i]);
    } else if (i + 1 < rest_.size() && rest_[i + 1] == quote) {
      token.text.push_back(quote);
      ++i;
    } else {
      rest_.remove_prefix(i + 1);
      return token;
    }
  }
  rest_ = {};
  return {ConsoleToken::Kind::invalid, {}};
}

ConsoleToken ConsoleLexer::next() {
  using Kind = ConsoleToken::Kind;
  if (!skip_blanks()) {
    rest_ = {};
    return {Kind::invalid, {}};
  }
  if (rest_.empty()) return {};
  const char first = rest_.front();
  if (first == '\'') return quoted('\'', Kind::string);
  if (first == '"') return quoted('"', Kind::quoted_name);
  Kind kind = Kind::symbol;
  std::size_t size = 1;
  if (is_word_start(first) || is_digit(first)) {
    kind = is_digit(first) ? Kind::number : Kind::word;
    while (size < rest_.size() && is_word_part(rest_[size])) ++size;
    // A dash of a comment is none of a name.
    const std::size_t comment = rest_.substr(0, size).find("--");
    size = std::min(size, comment);
  }
  ConsoleToken token{kind, std::string(rest_.substr(0, size))};
  rest_.remove_prefix(size);
  return token;
}

}  // namespace sqlproxy::admin
