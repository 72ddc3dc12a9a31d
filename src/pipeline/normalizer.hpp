#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sqlproxy::pipeline {

// SQL text without data: what the audit shows, and a number that is equal for statements of the same shape.
struct NormalizedText {
  // Literals of every kind are $n, numbered in order from 1 past the highest parameter that the text has itself; a list
  // of nothing but literals and parameters after IN is its first element and a mark: IN ($1 /*, ... */). Comments are
  // out; tokens are set apart by rules of their own, whatever the white space was. Words are as written.
  std::string text;
  // XXH3 over the text in lower case (quoted identifiers as they are) with all literals and parameters alike.
  std::uint64_t fingerprint = 0;
  // False when the text is cut: see below.
  bool complete = true;
};

// For a statement that the parser has accepted; also for a part of a message that begins and ends between tokens.
// What cannot be read to its end by the lexer (an unterminated string, say) is treated as by normalize_unparsed.
// Normalising a normalised text changes nothing.
[[nodiscard]] NormalizedText normalize(std::string_view sql);

// For text that no parser has accepted. A quote too many or too few can turn data into names, so only what stands
// before the first quoted literal (and before the first lexical error) is shown.
[[nodiscard]] NormalizedText normalize_unparsed(std::string_view sql);

}  // namespace sqlproxy::pipeline
