#include "pipeline/literal_list.hpp"

#include <string_view>

namespace sqlproxy::pipeline {

namespace {

bool is_symbol(const Lexer& lexer, const Token& token, char c) {
  return token.kind == TokenKind::symbol && lexer.text(token)[0] == c;
}

}  // namespace

std::optional<LiteralList> read_literal_list(const Lexer& lexer) {
  LiteralList list{{}, 0, {}, lexer};
  for (;;) {
    Token element = list.after.next();
    // Only the minus becomes part of the constant; a plus stays an operator (gram.y, doNegate).
    if (is_symbol(lexer, element, '-')) {
      element = list.after.next();
      if (element.kind != TokenKind::integer && element.kind != TokenKind::number) return std::nullopt;
    }
    if (!is_literal(element.kind) && element.kind != TokenKind::parameter) return std::nullopt;
    if (list.kinds == 0) list.first = element;
    list.kinds |= 1U << static_cast<unsigned>(element.kind);

    const Token separator = list.after.next();
    if (is_symbol(lexer, separator, ')')) {
      list.close = separator;
      return list;
    }
    if (!is_symbol(lexer, separator, ',')) return std::nullopt;
  }
}

}  // namespace sqlproxy::pipeline
