#pragma once

#include <string>
#include <string_view>

namespace sqlproxy::pipeline {

// The text in the form to give to libpg_query: comments are spaces, every other byte stands where it stood. PostgreSQL
// reads both alike.
//
// Why: libpg_query 15 hands comments to its grammar as tokens. So it does not see that a string goes on behind a line
// comment (`DO 'a' --` and `'b'` on the next line is one string to PostgreSQL, two to libpg_query), and its lookahead
// fails at `NOT /* */ IN` and `NULLS /* */ FIRST`.
//
// Returns `sql` itself when there is nothing to replace, otherwise a view of `scratch`. What the lexer cannot read is
// left as it is.
[[nodiscard]] std::string_view blank_comments(std::string_view sql, std::string& scratch);

}  // namespace sqlproxy::pipeline
