#include "pipeline/string_reading.hpp"

#include "pipeline/lexer.hpp"

namespace sqlproxy::pipeline {

bool is_read_in_one_way(std::string_view sql) {
  if (sql.find('\\') == std::string_view::npos) return true;
  Lexer lexer(sql);
  for (;;) {
    const Token token = lexer.next();
    if (token.kind == TokenKind::end) return true;
    if (token.kind == TokenKind::error) return false;
    if (token.kind == TokenKind::string && lexer.text(token).find('\\') != std::string_view::npos) return false;
  }
}

}  // namespace sqlproxy::pipeline
