#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sqlproxy::pipeline {

// The tokens of PostgreSQL 15's scanner (src/backend/parser/scan.l). Keywords are identifiers here.
enum class TokenKind : std::uint8_t {
  end,    // of the text
  error,  // scan.l raises an error in the token that begins here; the lexer stays at it
  identifier,
  quoted_identifier,   // "..."
  unicode_identifier,  // U&"..."
  string,              // '...', with its continuations on further lines
  escape_string,       // E'...'
  unicode_string,      // U&'...'
  dollar_string,       // $tag$...$tag$
  bit_string,          // B'...'
  hex_string,          // X'...'
  integer,             // digits alone, of any length
  number,              // with a decimal point or an exponent
  parameter,           // $1
  operator_,           // one or more operator characters that are none of the kinds below
  symbol,              // , ( ) [ ] . ; : + - * / % ^ < > =, one byte
  typecast,            // ::
  dot_dot,             // ..
  colon_equals,        // :=
  equals_greater,      // =>
  less_equals,         // <=
  greater_equals,      // >=
  not_equals,          // <> and !=
  other,               // a byte that begins no token, passed on to the grammar (a syntax error there)
};

// Small enough to be returned in registers.
struct Token {
  TokenKind kind = TokenKind::end;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  friend bool operator==(const Token&, const Token&) = default;
};

// True for every kind whose text is data: strings of all kinds and numbers.
[[nodiscard]] constexpr bool is_literal(TokenKind kind) {
  return kind >= TokenKind::string && kind <= TokenKind::number;
}
// True for the literals that are written with quotes of any kind.
[[nodiscard]] constexpr bool is_quoted_literal(TokenKind kind) {
  return kind >= TokenKind::string && kind <= TokenKind::hex_string;
}

// A stretch of the text.
struct TextRange {
  std::size_t offset = 0;
  std::size_t length = 0;
};

// Cuts SQL text into the tokens that PostgreSQL 15 cuts it into with standard_conforming_strings = on and
// backslash_quote = safe_encoding: same boundaries, same errors. White space and comments are skipped. One pass, time
// linear in the text; no allocation. N'...' is two tokens, as in scan.l: the identifier N and a string.
//
// Encoding: any in which bytes under 0x80 are ASCII characters; whether the text is valid is check_text's business
// (escapes in E'...' that would make invalid UTF-8 are errors here, as in scan.l). A zero byte is an error.
//
// Requires: a text under 4 GiB.
// Keeps a view of the text. Plain value, not thread-safe.
class Lexer {
 public:
  // `comments`, if given, gets every comment passed, in order: those before a token, and the line comments inside a
  // string that goes on behind them.
  explicit Lexer(std::string_view sql, std::vector<TextRange>* comments = nullptr) : sql_(sql), comments_(comments) {}

  // The next token; `end` or `error` for ever once reached.
  Token next();

  [[nodiscard]] std::string_view text(const Token& token) const { return sql_.substr(token.offset, token.length); }

  // Bytes so far that PostgreSQL's own scanner reads again after having cut a token short: it takes a whole run of
  // operator characters at each operator and at each "/*", and puts back what it does not use. Grows with the square of
  // such a run, so a bound on it bounds that scanner's time (see text_guard.hpp).
  [[nodiscard]] std::uint64_t rescanned_bytes() const { return rescanned_; }

 private:
  [[nodiscard]] unsigned char at(std::size_t i) const {
    return i < sql_.size() ? static_cast<unsigned char>(sql_[i]) : 0;
  }
  [[nodiscard]] Token make(TokenKind kind, std::size_t end);
  [[nodiscard]] Token fail();

  bool skip_space_and_comments();
  bool skip_block_comment();
  [[nodiscard]] std::size_t line_comment_end(std::size_t i) const;
  std::size_t continuation_after(std::size_t i);
  void note_comment(std::size_t begin, std::size_t end);
  std::size_t operator_run_end(std::size_t from);

  Token scan_word();
  Token scan_quoted(TokenKind kind, std::size_t prefix);
  Token scan_escape_string();
  Token scan_quoted_identifier(TokenKind kind, std::size_t prefix);
  Token scan_dollar();
  Token scan_number();
  Token scan_operator();
  Token scan_symbol();

  std::string_view sql_;
  std::vector<TextRange>* comments_;
  std::size_t pos_ = 0;
  // Where the token being scanned begins.
  std::size_t start_ = 0;
  // The run of operator characters looked at last ends here; and up to here it is signs that are tokens each.
  std::size_t run_end_ = 0;
  std::size_t signs_end_ = 0;
  std::uint64_t rescanned_ = 0;
  bool failed_ = false;
};

}  // namespace sqlproxy::pipeline
