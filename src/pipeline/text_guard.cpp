#include "pipeline/text_guard.hpp"

#include <algorithm>
#include <cstdio>
#include <string>

#include "pipeline/lexer.hpp"
#include "pipeline/sql_words.hpp"
#include "pipeline/utf8.hpp"

namespace sqlproxy::pipeline {

namespace {

using core::ErrorCode;

core::Error too_complex(std::string message, std::string detail) {
  return core::make_error(ErrorCode::limit_exceeded, core::sqlstate::kStatementTooComplex, std::move(message),
                          std::move(detail), "Simplify the statement, or split it.");
}

core::Error too_much(std::string message, std::string detail) {
  return core::make_error(ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded, std::move(message),
                          std::move(detail), "Send it in several messages.");
}

// As PostgreSQL reports it (mbutils.c, report_invalid_encoding): the bytes that the first one says belong together.
core::Error invalid_byte_sequence(std::string_view rest) {
  const auto first = static_cast<unsigned char>(rest[0]);
  std::size_t length = 1;
  if ((first & 0xE0) == 0xC0) length = 2;
  if ((first & 0xF0) == 0xE0) length = 3;
  if ((first & 0xF8) == 0xF0) length = 4;
  std::string message = "invalid byte sequence for encoding \"UTF8\":";
  for (const char c : rest.substr(0, length)) {
    char hex[8];
    std::snprintf(hex, sizeof hex, " 0x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    message += hex;
  }
  return core::make_error(ErrorCode::invalid_input, core::sqlstate::kCharacterNotInRepertoire, std::move(message));
}

// How deep the text nests at each point, by its tokens. An END that is a label (behind AS or a dot) closes no CASE.
class Depth {
 public:
  void add(std::string_view sql, const Token& token) {
    if (token.kind == TokenKind::symbol) {
      add_symbol(sql[token.offset]);
    } else if (token.kind == TokenKind::identifier) {
      const Word word = lookup_word(sql, token.offset, token.length).word;
      if (word == Word::case_ && !name_follows_) ++cases_;
      if (word == Word::end && !name_follows_ && cases_ > 0) --cases_;
      name_follows_ = word == Word::as;
    } else {
      name_follows_ = false;
    }
  }

  [[nodiscard]] std::size_t now() const { return brackets_ + cases_; }

 private:
  void add_symbol(char symbol) {
    if (symbol == '(' || symbol == '[') ++brackets_;
    if ((symbol == ')' || symbol == ']') && brackets_ > 0) --brackets_;
    name_follows_ = symbol == '.';
  }

  std::size_t brackets_ = 0;
  std::size_t cases_ = 0;
  bool name_follows_ = false;
};

}  // namespace

core::Status check_bytes(std::string_view sql, const TextLimits& limits) {
  if (sql.size() > limits.max_bytes) {
    return too_much("statement is too long", "It has " + std::to_string(sql.size()) + " bytes; at most " +
                                                 std::to_string(limits.max_bytes) + " are accepted.");
  }
  const std::size_t valid =
      limits.encoding == TextEncoding::utf8 ? valid_utf8_prefix(sql) : std::min(sql.find('\0'), sql.size());
  if (valid < sql.size()) return invalid_byte_sequence(sql.substr(valid));
  return {};
}

core::Status check_text(std::string_view sql, const TextLimits& limits) {
  if (auto status = check_bytes(sql, limits); !status) return status;

  Lexer lexer(sql);
  Depth depth;
  std::size_t tokens = 0;
  std::size_t statements = 0;
  bool between_statements = true;
  for (;;) {
    const Token token = lexer.next();
    if (lexer.rescanned_bytes() > limits.max_rescanned_bytes) {
      return too_complex("statement is too complex to scan", "It has very long runs of operator characters.");
    }
    if (token.kind == TokenKind::end || token.kind == TokenKind::error) return {};
    if (++tokens > limits.max_tokens) {
      return too_much("statement has too many parts",
                      "At most " + std::to_string(limits.max_tokens) + " words, constants and operators are accepted.");
    }
    depth.add(sql, token);
    if (depth.now() > limits.max_depth) {
      return too_complex("stack depth limit exceeded", "Expressions and sub-queries can be nested at most " +
                                                           std::to_string(limits.max_depth) + " levels deep.");
    }
    const bool semicolon = token.kind == TokenKind::symbol && sql[token.offset] == ';';
    if (!semicolon && between_statements && ++statements > limits.max_statements) {
      return too_much("too many statements in one message",
                      "At most " + std::to_string(limits.max_statements) + " are accepted.");
    }
    between_statements = semicolon;
  }
}

}  // namespace sqlproxy::pipeline
