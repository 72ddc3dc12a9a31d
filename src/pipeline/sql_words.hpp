#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sqlproxy::pipeline {

// The words that the text guard, the normaliser and the cache key have to know.
enum class Word : std::uint8_t {
  other,
  as,
  at,
  by,
  case_,
  cast,  // and TREAT
  distinct,
  end,
  group,
  in,
  like,  // and ILIKE
  not_,
  on,
  order,
  time,
};

// What a word means for the tokens around it. Reserved in PostgreSQL unless said otherwise, so that it is what it looks
// like wherever it is not behind a dot.
enum WordTrait : std::uint8_t {
  // Begins a statement whose literals may be normalised away.
  kStartsQuery = 1,
  // What follows begins an expression or a list: "(" is not a function call, a string is not the constant of a type, a
  // sign is not binary. Some are not reserved, but cannot name a function or a type (kwlist.h: COL_NAME_KEYWORD).
  kBeforeExpression = 2,
  // An ordinal or a row count can follow: LIMIT, OFFSET, FETCH; ORDER BY and GROUP BY are told by their BY.
  kBeginsOrdinals = 4,
  // Ends the clauses with ordinals.
  kEndsOrdinals = 8,
  // A type of pg_catalog's whose constants name nothing (unlike regclass). Not reserved.
  kPlainType = 16,
  // Turns an expression beside it into the argument of a function: ESCAPE, SIMILAR, OVERLAPS ... Not all reserved.
  kHidesCall = 32,
  // Written with a space before "(", for looks. Not all reserved.
  kSpaced = 64,
};

struct WordInfo {
  Word word = Word::other;
  std::uint8_t traits = 0;

  [[nodiscard]] constexpr bool has(WordTrait trait) const { return (traits & trait) != 0; }
};

// About sql[offset, offset + length), an identifier in any case.
[[nodiscard]] WordInfo lookup_word(std::string_view sql, std::size_t offset, std::size_t length);

}  // namespace sqlproxy::pipeline
