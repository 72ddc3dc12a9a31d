#include "pipeline/normalizer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "pipeline/fingerprint.hpp"
#include "pipeline/lexer.hpp"
#include "pipeline/literal_list.hpp"
#include "pipeline/sql_words.hpp"

namespace sqlproxy::pipeline {

namespace {

// A token, or a whole IN list that is shown as its first element.
struct Piece {
  Token token;  // of a list, its first element
  bool list = false;
  // Of a word that is not a name behind a dot.
  WordInfo word;
};

// The text's tokens with lists of literals taken together.
class Pieces {
 public:
  explicit Pieces(std::string_view sql) : sql_(sql), lexer_(sql) {}

  Piece next() {
    Piece piece;
    piece.token = lexer_.next();
    if (is(piece.token, '(') && previous_.word.word == Word::in) {
      if (const auto list = read_literal_list(lexer_)) {
        piece = {list->first, true, {}};
        lexer_ = list->after;
      }
    } else if (piece.token.kind == TokenKind::identifier && !is(previous_.token, '.')) {
      piece.word = lookup_word(sql_, piece.token.offset, piece.token.length);
    }
    previous_ = piece;
    return piece;
  }

  [[nodiscard]] bool is(const Token& token, char symbol) const {
    return token.kind == TokenKind::symbol && sql_[token.offset] == symbol;
  }

 private:
  std::string_view sql_;
  Lexer lexer_;
  Piece previous_;
};

// Numbers beyond the protocol's are not parameters that anything could be bound to.
constexpr unsigned kMaxParameter = 65535;

unsigned parameter_number(std::string_view text) {
  unsigned number = 0;
  const auto parsed = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  return parsed.ec == std::errc{} && number <= kMaxParameter ? number : 0;
}

// Of those that will be shown.
unsigned highest_parameter(std::string_view sql) {
  if (sql.find('$') == std::string_view::npos) return 0;
  unsigned highest = 0;
  Pieces pieces(sql);
  for (;;) {
    const Token token = pieces.next().token;
    if (token.kind == TokenKind::end || token.kind == TokenKind::error) return highest;
    if (token.kind != TokenKind::parameter) continue;
    highest = std::max(highest, parameter_number(sql.substr(token.offset, token.length)));
  }
}

void append_lower(std::string& out, std::string_view word) {
  for (const char c : word) out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
}

// Writes pieces with the white space that they need and the eye likes. Whatever it writes is cut into the same pieces
// again.
class Writer {
 public:
  explicit Writer(std::string_view sql) : sql_(sql), next_number_(highest_parameter(sql) + 1) {
    shown_.reserve(sql.size());
    folded_.reserve(sql.size());
  }

  void write(const Piece& piece);

  [[nodiscard]] NormalizedText finish(bool complete) && { return {std::move(shown_), hash_text(folded_), complete}; }

 private:
  [[nodiscard]] bool space_before(const Piece& piece) const;
  [[nodiscard]] bool space_before_parenthesis() const;
  [[nodiscard]] bool is(const Token& token, char symbol) const {
    return token.kind == TokenKind::symbol && sql_[token.offset] == symbol;
  }
  [[nodiscard]] bool is_any(const Token& token, std::string_view symbols) const {
    return token.kind == TokenKind::symbol && symbols.find(sql_[token.offset]) != std::string_view::npos;
  }
  [[nodiscard]] bool is_value(const Token& token) const {
    return is_literal(token.kind) || token.kind == TokenKind::parameter;
  }
  [[nodiscard]] bool ends_operand(const Piece& piece) const;
  void write_value(const Token& token);

  std::string_view sql_;
  std::string shown_;
  std::string folded_;
  unsigned next_number_;
  Piece previous_;
  bool unary_sign_ = false;  // previous_ is a sign with nothing to its left
};

void Writer::write(const Piece& piece) {
  if (space_before(piece)) shown_.push_back(' ');
  const std::string_view text = sql_.substr(piece.token.offset, piece.token.length);
  if (piece.list) {
    shown_.push_back('(');
    write_value(piece.token);
    shown_.append(" /*, ... */)");
    folded_.append("($)");
  } else if (is_value(piece.token)) {
    write_value(piece.token);
    folded_.push_back('$');
  } else {
    shown_.append(text);
    if (piece.token.kind == TokenKind::identifier) {
      append_lower(folded_, text);
    } else {
      folded_.append(text);
    }
  }
  folded_.push_back(' ');
  unary_sign_ = is_any(piece.token, "+-") && !ends_operand(previous_);
  previous_ = piece;
}

void Writer::write_value(const Token& token) {
  if (token.kind == TokenKind::parameter) {
    shown_.append(sql_.substr(token.offset, token.length));
  } else {
    shown_.push_back('$');
    shown_.append(std::to_string(next_number_++));
  }
}

bool Writer::ends_operand(const Piece& piece) const {
  switch (piece.token.kind) {
    case TokenKind::identifier: return !piece.word.has(kBeforeExpression);
    case TokenKind::quoted_identifier:
    case TokenKind::unicode_identifier: return true;
    case TokenKind::symbol: return piece.list || is_any(piece.token, ")]");
    default: return is_value(piece.token);
  }
}

bool Writer::space_before(const Piece& piece) const {
  const Token& left = previous_.token;
  const Token& right = piece.token;
  if (left.kind == TokenKind::end) return false;
  if (piece.list) return true;
  const bool left_dot = is(left, '.') || left.kind == TokenKind::dot_dot;
  if (is(right, '.') || right.kind == TokenKind::dot_dot) return left_dot || right.kind == TokenKind::dot_dot;
  if (right.kind == TokenKind::typecast) return is(left, ':');
  if (is_any(right, ",;)]")) return false;
  if (is_any(left, "([.") || left.kind == TokenKind::typecast) return false;
  if (is(right, '(')) return space_before_parenthesis();
  if (is(right, '[')) return left.kind != TokenKind::identifier && !ends_operand(previous_);
  return !(unary_sign_ && is_value(right));
}

bool Writer::space_before_parenthesis() const {
  switch (previous_.token.kind) {
    case TokenKind::identifier: return previous_.word.has(kSpaced);
    case TokenKind::quoted_identifier:
    case TokenKind::unicode_identifier: return false;
    default: return true;
  }
}

NormalizedText normalize_until(std::string_view sql, bool at_quoted_literal) {
  Writer writer(sql);
  Pieces pieces(sql);
  for (;;) {
    const Piece piece = pieces.next();
    const TokenKind kind = piece.token.kind;
    if (kind == TokenKind::end) return std::move(writer).finish(true);
    if (kind == TokenKind::error) {
      return at_quoted_literal ? std::move(writer).finish(false) : normalize_until(sql, true);
    }
    if (at_quoted_literal && (is_quoted_literal(kind))) return std::move(writer).finish(false);
    writer.write(piece);
  }
}

}  // namespace

NormalizedText normalize(std::string_view sql) {
  return normalize_until(sql, false);
}

NormalizedText normalize_unparsed(std::string_view sql) {
  return normalize_until(sql, true);
}

}  // namespace sqlproxy::pipeline
