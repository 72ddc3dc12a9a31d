#pragma once

#include <string_view>

namespace sqlproxy::audit {

// Whether `word` (ASCII letters, any case) is one that PostgreSQL's own error messages are made of. The list holds the
// words of grammar and of databases, on purpose nothing that describes people or their affairs.
[[nodiscard]] bool is_message_word(std::string_view word);

}  // namespace sqlproxy::audit
