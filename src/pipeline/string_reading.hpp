#pragma once

#include <string_view>

namespace sqlproxy::pipeline {

// Whether PostgreSQL reads `sql` in one way alone, whatever standard_conforming_strings is.
//
// The setting decides one thing: whether a backslash escapes in '...' (and N'...'). Everything else is cut into the
// same tokens either way; so it is enough that no such string, in the reading that Lexer has, holds a backslash: up to
// its first one both readings go side by side. U&'...' is an error of the server's while the setting is off, at which
// it reads no further. False when the lexer cannot read the text to its end.
[[nodiscard]] bool is_read_in_one_way(std::string_view sql);

}  // namespace sqlproxy::pipeline
