#pragma once

#include <cstddef>
#include <string_view>

namespace sqlproxy::pipeline {

// How many bytes of `text`, from its start, are valid UTF-8 without zero bytes, as PostgreSQL validates it
// (src/common/wchar.c, pg_utf8_verifystr): no overlong forms, no surrogates, nothing past U+10FFFF.
// text.size() when all of it is valid; otherwise the offset of the first bad character.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text);

}  // namespace sqlproxy::pipeline
