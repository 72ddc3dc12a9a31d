#pragma once

#include <cstdint>
#include <optional>

#include "pipeline/lexer.hpp"

namespace sqlproxy::pipeline {

// A parenthesised list of nothing but literals, negated numbers and parameters: what may follow IN.
struct LiteralList {
  Token first;  // without its sign
  // The kinds of its elements: bit n for TokenKind n.
  std::uint32_t kinds = 0;
  Token close;  // the closing parenthesis
  Lexer after;  // goes on behind it

  [[nodiscard]] bool has(TokenKind kind) const { return (kinds >> static_cast<unsigned>(kind) & 1U) != 0; }
};

// Requires: `lexer` is about to return what stands behind the opening parenthesis; it is not moved. Nothing when the
// list is not of that form.
[[nodiscard]] std::optional<LiteralList> read_literal_list(const Lexer& lexer);

}  // namespace sqlproxy::pipeline
