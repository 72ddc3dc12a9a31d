#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::pipeline {

// Which bytes a text may hold; by the session's client_encoding.
enum class TextEncoding : std::uint8_t {
  utf8,
  // Another encoding in which bytes under 0x80 are always ASCII characters (LATIN1, EUC_JP ...): not validated here.
  ascii_based,
};

// Bounds on one Query or Parse text. Their purpose: a text within them is parsed by libpg_query in bounded time and
// memory (bench/micro/parse_limits_bench.cpp shows the worst ones), whatever it holds.
struct TextLimits {
  TextEncoding encoding = TextEncoding::utf8;
  std::size_t max_bytes = std::size_t{1} << 20;
  std::size_t max_tokens = 300'000;
  // Not counting empty ones.
  std::size_t max_statements = 4096;
  // Open parentheses, brackets and CASEs at one place.
  std::size_t max_depth = 1000;
  // Lexer::rescanned_bytes.
  std::uint64_t max_rescanned_bytes = std::uint64_t{1} << 20;
};

// Length and encoding alone: cheap enough for every text, also for one whose analysis is cached.
// Errors: 54000 too long, 22021 a zero byte or an invalid character.
[[nodiscard]] core::Status check_bytes(std::string_view sql, const TextLimits& limits);

// All bounds; required before a text is given to libpg_query. One pass, linear in the text.
// Errors: as check_bytes; 54000 too many statements or tokens; 54001 too deeply nested or too costly to scan.
// A text that the lexer cannot read to its end passes up to there: the parser says what is wrong with it.
[[nodiscard]] core::Status check_text(std::string_view sql, const TextLimits& limits);

}  // namespace sqlproxy::pipeline
