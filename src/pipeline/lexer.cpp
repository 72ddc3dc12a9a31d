#include "pipeline/lexer.hpp"

#include <algorithm>
#include <array>

#include "core/identifier.hpp"
#include "pipeline/escape_string.hpp"

namespace sqlproxy::pipeline {

namespace {

// The character classes of scan.l, as bits.
enum : std::uint8_t {
  kSpace = 1,        // space (\v is not one before PostgreSQL 16)
  kIdentStart = 2,   // ident_start, and dolq_start
  kDigit = 4,        // digit
  kDollar = 8,       // $, which may stand inside identifiers but not in dollar-quote tags
  kOperator = 16,    // op_chars
  kNonStandard = 32  // operator characters that SQL's own operators do not have
};
constexpr std::uint8_t kIdentCont = kIdentStart | kDigit | kDollar;
constexpr std::uint8_t kTagCont = kIdentStart | kDigit;

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  const auto mark = [&classes](std::string_view chars, std::uint8_t bits) {
    for (const char c : chars) classes[static_cast<unsigned char>(c)] |= bits;
  };
  mark(" \t\n\r\f", kSpace);
  for (unsigned c = 0; c < 256; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || c == '_' || c >= 0x80) classes[c] |= kIdentStart;
    if (c >= '0' && c <= '9') classes[c] |= kDigit;
  }
  mark("$", kDollar);
  mark("~!@#^&|`?+-*/%<>=", kOperator);
  mark("~!@#^&|`?%", kNonStandard);
  return classes;
}();

constexpr bool is(unsigned char c, std::uint8_t classes) {
  return (kClasses[c] & classes) != 0;
}

// The operators of two characters that have kinds of their own.
TokenKind operator_kind(std::string_view op) {
  if (op.size() == 1)
    return std::string_view("+-*/%^<>=").find(op[0]) != std::string_view::npos ? TokenKind::symbol
                                                                               : TokenKind::operator_;
  if (op == "=>") return TokenKind::equals_greater;
  if (op == "<=") return TokenKind::less_equals;
  if (op == ">=") return TokenKind::greater_equals;
  if (op == "<>" || op == "!=") return TokenKind::not_equals;
  return TokenKind::operator_;
}

}  // namespace

Token Lexer::next() {
  if (failed_) return fail();
  while (is(at(pos_), kSpace)) ++pos_;
  if ((at(pos_) == '-' || at(pos_) == '/') && !skip_space_and_comments()) return fail();
  start_ = pos_;
  if (pos_ >= sql_.size()) return make(TokenKind::end, sql_.size());
  const unsigned char c = at(pos_);
  if (is(c, kIdentStart)) return scan_word();
  if (is(c, kDigit)) return scan_number();
  if (is(c, kOperator)) return scan_operator();
  switch (c) {
    case '\'': return scan_quoted(TokenKind::string, 1);
    case '"': return scan_quoted_identifier(TokenKind::quoted_identifier, 1);
    case '$': return scan_dollar();
    case '.': return is(at(pos_ + 1), kDigit) ? scan_number() : scan_symbol();
    case '\0': return fail();
    default: return scan_symbol();
  }
}

Token Lexer::make(TokenKind kind, std::size_t end) {
  pos_ = end;
  return {kind, static_cast<std::uint32_t>(start_), static_cast<std::uint32_t>(end - start_)};
}

Token Lexer::fail() {
  failed_ = true;
  pos_ = start_;
  return {TokenKind::error, static_cast<std::uint32_t>(start_), static_cast<std::uint32_t>(sql_.size() - start_)};
}

// False when a comment has no end; then start_ is at it.
bool Lexer::skip_space_and_comments() {
  for (;;) {
    while (is(at(pos_), kSpace)) ++pos_;
    const std::size_t begin = pos_;
    if (at(pos_) == '-' && at(pos_ + 1) == '-') {
      pos_ = line_comment_end(pos_);
    } else if (at(pos_) == '/' && at(pos_ + 1) == '*') {
      start_ = pos_;
      if (!skip_block_comment()) return false;
    } else {
      return true;
    }
    note_comment(begin, pos_);
  }
}

std::size_t Lexer::line_comment_end(std::size_t i) const {
  return std::min(sql_.find_first_of("\r\n", i), sql_.size());
}

void Lexer::note_comment(std::size_t begin, std::size_t end) {
  if (comments_ != nullptr) comments_->push_back({begin, end - begin});
}

bool Lexer::skip_block_comment() {
  std::size_t depth = 0;
  while (pos_ < sql_.size()) {
    const unsigned char c = at(pos_);
    if (c == '/' && at(pos_ + 1) == '*') {
      ++depth;
      pos_ += 2;
      rescanned_ += operator_run_end(pos_) - pos_;
    } else if (c == '*' && at(pos_ + 1) == '/') {
      pos_ += 2;
      if (--depth == 0) return true;
    } else {
      ++pos_;
    }
  }
  return false;
}

// The end of the run of operator characters that `from` is in (or at the end of).
std::size_t Lexer::operator_run_end(std::size_t from) {
  if (from >= run_end_) {
    run_end_ = from;
    while (is(at(run_end_), kOperator)) ++run_end_;
  }
  return run_end_;
}

Token Lexer::scan_word() {
  const unsigned char second = at(pos_ + 1);
  if (second == '\'') {
    switch (at(pos_)) {
      case 'b':
      case 'B': return scan_quoted(TokenKind::bit_string, 2);
      case 'x':
      case 'X': return scan_quoted(TokenKind::hex_string, 2);
      case 'e':
      case 'E': return scan_escape_string();
      default: break;
    }
  } else if (second == '&' && (at(pos_) == 'u' || at(pos_) == 'U')) {
    if (at(pos_ + 2) == '\'') return scan_quoted(TokenKind::unicode_string, 3);
    if (at(pos_ + 2) == '"') return scan_quoted_identifier(TokenKind::unicode_identifier, 3);
  }
  std::size_t end = pos_ + 1;
  while (is(at(end), kIdentCont)) ++end;
  return make(TokenKind::identifier, end);
}

// Strings without backslash escapes. `prefix`: the bytes up to and with the opening quote.
Token Lexer::scan_quoted(TokenKind kind, std::size_t prefix) {
  // A doubled quote stands for one in character strings only.
  const bool doubling = kind == TokenKind::string || kind == TokenKind::unicode_string;
  std::size_t i = start_ + prefix;
  for (;;) {
    i = sql_.find('\'', i);
    if (i == std::string_view::npos) return fail();
    ++i;
    if (doubling && at(i) == '\'') {
      ++i;
      continue;
    }
    const std::size_t continuation = continuation_after(i);
    if (continuation == i) return make(kind, i);
    i = continuation;
  }
}

Token Lexer::scan_escape_string() {
  EscapeStringScanner scanner(sql_);
  std::size_t i = start_ + 2;
  for (;;) {
    i = scanner.scan_body(i);
    if (i == EscapeStringScanner::kError) return fail();
    const std::size_t continuation = continuation_after(i);
    if (continuation == i) return scanner.valid() ? make(TokenKind::escape_string, i) : fail();
    i = continuation;
  }
}

// A string goes on behind white space with a newline in it and another quote (scan.l, quotecontinue); "--" comments
// count as white space there, block comments do not. `i` is behind a closing quote: returns the offset behind the quote
// that opens the continuation, or `i` when there is none.
std::size_t Lexer::continuation_after(std::size_t i) {
  const std::size_t noted = comments_ != nullptr ? comments_->size() : 0;
  bool newline = false;
  std::size_t k = i;
  for (;;) {
    const unsigned char c = at(k);
    if (is(c, kSpace)) {
      newline = newline || c == '\n' || c == '\r';
      ++k;
    } else if (c == '-' && at(k + 1) == '-') {
      const std::size_t end = line_comment_end(k);
      note_comment(k, end);
      k = end;
    } else if (newline && c == '\'') {
      return k + 1;
    } else {
      // They come up again as comments before the next token.
      if (comments_ != nullptr) comments_->resize(noted);
      return i;
    }
  }
}

Token Lexer::scan_quoted_identifier(TokenKind kind, std::size_t prefix) {
  const std::size_t begin = start_ + prefix;
  std::size_t i = begin;
  for (;;) {
    i = sql_.find('"', i);
    if (i == std::string_view::npos) return fail();
    if (at(i + 1) != '"') break;
    i += 2;
  }
  if (i == begin) return fail();  // zero-length delimited identifier
  return make(kind, i + 1);
}

Token Lexer::scan_dollar() {
  std::size_t i = pos_ + 1;
  if (is(at(i), kDigit)) {
    while (is(at(i), kDigit)) ++i;
    return is(at(i), kIdentStart) ? fail() : make(TokenKind::parameter, i);
  }
  if (is(at(i), kIdentStart)) {
    while (is(at(i), kTagCont)) ++i;
  }
  if (at(i) != '$') return make(TokenKind::other, pos_ + 1);
  const std::string_view delimiter = sql_.substr(pos_, i + 1 - pos_);
  const std::size_t close = sql_.find(delimiter, i + 1);
  if (close == std::string_view::npos) return fail();
  return make(TokenKind::dollar_string, close + delimiter.size());
}

Token Lexer::scan_number() {
  TokenKind kind = TokenKind::integer;
  std::size_t i = pos_;
  while (is(at(i), kDigit)) ++i;
  // "1..2" is a range of integers, not the number "1." and another.
  if (at(i) == '.' && at(i + 1) != '.') {
    kind = TokenKind::number;
    ++i;
    while (is(at(i), kDigit)) ++i;
  }
  if (at(i) == 'e' || at(i) == 'E') {
    const bool sign = at(i + 1) == '+' || at(i + 1) == '-';
    const std::size_t exponent = i + (sign ? 2 : 1);
    if (!is(at(exponent), kDigit)) return fail();
    kind = TokenKind::number;
    i = exponent;
    while (is(at(i), kDigit)) ++i;
  }
  return is(at(i), kIdentStart) ? fail() : make(kind, i);
}

// The longest run of operator characters, less what scan.l cuts off: a comment start, and trailing signs unless the
// operator has a character that SQL's own operators do not have.
Token Lexer::scan_operator() {
  std::size_t end = start_ + 1;
  if (start_ >= signs_end_) {
    bool non_standard = is(at(start_), kNonStandard);
    std::size_t unsigned_end = start_ + 1;
    for (; is(at(end), kOperator); ++end) {
      const unsigned char c = at(end);
      if ((c == '-' && at(end + 1) == '-') || (c == '/' && at(end + 1) == '*')) break;
      non_standard = non_standard || is(c, kNonStandard);
      if (c != '+' && c != '-') unsigned_end = end + 1;
    }
    if (!non_standard) {
      signs_end_ = end;
      end = unsigned_end;
    }
  }
  const std::size_t length = end - start_;
  rescanned_ += operator_run_end(start_) - end;
  if (length > core::kMaxIdentifierBytes) return fail();
  return make(operator_kind(sql_.substr(start_, length)), end);
}

Token Lexer::scan_symbol() {
  const unsigned char c = at(pos_);
  const unsigned char second = at(pos_ + 1);
  if (c == ':' && second == ':') return make(TokenKind::typecast, pos_ + 2);
  if (c == ':' && second == '=') return make(TokenKind::colon_equals, pos_ + 2);
  if (c == '.' && second == '.') return make(TokenKind::dot_dot, pos_ + 2);
  const bool self = std::string_view(",()[].;:").find(static_cast<char>(c)) != std::string_view::npos;
  return make(self ? TokenKind::symbol : TokenKind::other, pos_ + 1);
}

}  // namespace sqlproxy::pipeline
