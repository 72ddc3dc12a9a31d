#include "pipeline/comments.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "pipeline/lexer.hpp"

namespace sqlproxy::pipeline {

std::string_view blank_comments(std::string_view sql, std::string& scratch) {
  // Nearly all texts have none: "--" and "/*" are quick to look for.
  if (sql.find("--") == std::string_view::npos && sql.find("/*") == std::string_view::npos) return sql;

  scratch.assign(sql);
  std::vector<TextRange> comments;
  Lexer lexer(sql, &comments);
  Token previous;
  for (;;) {
    comments.clear();
    const Token token = lexer.next();
    // A block comment keeps two strings apart that a newline alone would join.
    const bool keeps_apart = is_quoted_literal(previous.kind) && token.offset < sql.size() && sql[token.offset] == '\'';
    for (const TextRange& comment : comments) {
      if (keeps_apart && comment.offset < token.offset) continue;
      std::fill_n(scratch.begin() + static_cast<std::ptrdiff_t>(comment.offset), comment.length, ' ');
    }
    if (token.kind == TokenKind::end || token.kind == TokenKind::error) return scratch;
    previous = token;
  }
}

}  // namespace sqlproxy::pipeline
