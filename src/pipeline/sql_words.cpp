#include "pipeline/sql_words.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace sqlproxy::pipeline {

namespace {

constexpr std::size_t kMaxLength = 16;

// A word of up to 16 bytes, in lower case. Setting bit 0x20 folds letters and lets no other identifier byte become one.
struct FoldedWord {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend constexpr bool operator==(const FoldedWord&, const FoldedWord&) = default;

  [[nodiscard]] constexpr std::size_t slot(std::size_t slots) const {
    const std::uint64_t mixed = (low ^ (high * 0x9E3779B97F4A7C15U)) * 0xBF58476D1CE4E5B9U;
    return static_cast<std::size_t>(mixed >> 40) % slots;
  }
};

constexpr FoldedWord fold_constant(std::string_view word) {
  FoldedWord folded;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const std::uint64_t byte = static_cast<unsigned char>(word[i]) | 0x20U;
    (i < 8 ? folded.low : folded.high) |= byte << (8 * (i % 8));
  }
  return folded;
}

struct Entry {
  FoldedWord folded;
  WordInfo info;
};

struct Definition {
  std::string_view word;
  std::uint8_t traits;
  Word id = Word::other;
};

constexpr std::uint8_t kExpr = kBeforeExpression | kSpaced;

// An expression keyword that looks like a call: COALESCE(...).
constexpr std::uint8_t kCallLike = kBeforeExpression;

constexpr Definition kDefinitions[] = {
    {"select", kStartsQuery | kExpr},
    {"insert", kStartsQuery | kSpaced},
    {"update", kStartsQuery},
    {"delete", kStartsQuery},
    {"merge", kStartsQuery},
    {"with", kStartsQuery},
    {"values", kStartsQuery | kExpr},
    {"table", kStartsQuery},

    {"all", kExpr},
    {"and", kExpr},
    {"any", kExpr},
    {"array", kCallLike},
    {"as", kExpr, Word::as},
    {"between", kExpr},
    {"case", kExpr, Word::case_},
    {"coalesce", kCallLike},
    {"distinct", kExpr, Word::distinct},
    {"else", kExpr},
    {"except", kExpr | kEndsOrdinals},
    {"exists", kExpr},
    {"from", kExpr},
    {"greatest", kCallLike},
    {"having", kExpr | kEndsOrdinals},
    {"in", kExpr, Word::in},
    {"intersect", kExpr | kEndsOrdinals},
    {"lateral", kExpr},
    {"least", kCallLike},
    {"not", kExpr, Word::not_},
    {"nullif", kCallLike},
    {"on", kExpr, Word::on},
    {"or", kExpr},
    {"returning", kExpr},
    {"row", kCallLike},
    {"some", kExpr},
    {"then", kExpr},
    {"union", kExpr | kEndsOrdinals},
    {"using", kExpr},
    {"when", kExpr},
    {"where", kExpr},

    {"fetch", kBeginsOrdinals},
    {"limit", kBeginsOrdinals | kSpaced},
    {"offset", kBeginsOrdinals | kSpaced},
    {"by", kSpaced, Word::by},
    {"group", kSpaced, Word::group},
    {"order", 0, Word::order},

    {"escape", kHidesCall},
    {"normalized", kHidesCall},
    {"overlaps", kHidesCall | kSpaced},
    {"similar", kHidesCall},
    {"uescape", kHidesCall},

    {"at", 0, Word::at},
    {"cast", 0, Word::cast},
    {"conflict", kSpaced},
    {"end", 0, Word::end},
    {"filter", kSpaced},
    {"ilike", kSpaced, Word::like},
    {"is", 0},
    {"join", kSpaced},
    {"like", kSpaced, Word::like},
    {"materialized", kSpaced},
    {"options", kSpaced},
    {"over", kSpaced},
    {"set", kSpaced},
    {"to", kSpaced},
    {"treat", 0, Word::cast},

    {"bigint", kPlainType},
    {"bool", kPlainType},
    {"boolean", kPlainType},
    {"bpchar", kPlainType},
    {"bytea", kPlainType},
    {"cidr", kPlainType},
    {"date", kPlainType},
    {"decimal", kPlainType},
    {"double", kPlainType},
    {"float", kPlainType},
    {"float4", kPlainType},
    {"float8", kPlainType},
    {"inet", kPlainType},
    {"int", kPlainType},
    {"int2", kPlainType},
    {"int4", kPlainType},
    {"int8", kPlainType},
    {"integer", kPlainType},
    {"interval", kPlainType},
    {"json", kPlainType},
    {"jsonb", kPlainType},
    {"numeric", kPlainType},
    {"real", kPlainType},
    {"smallint", kPlainType},
    {"text", kPlainType},
    {"time", kPlainType, Word::time},
    {"timestamp", kPlainType},
    {"timestamptz", kPlainType},
    {"timetz", kPlainType},
    {"uuid", kPlainType},
    {"varchar", kPlainType},
};

constexpr std::size_t kSlots = 256;

// Open addressing; less than half full.
constexpr std::array<Entry, kSlots> kTable = [] {
  std::array<Entry, kSlots> table{};
  for (const Definition& definition : kDefinitions) {
    const FoldedWord folded = fold_constant(definition.word);
    std::size_t slot = folded.slot(kSlots);
    while (table[slot].folded.low != 0) slot = (slot + 1) % kSlots;
    table[slot] = {folded, {definition.id, definition.traits}};
  }
  return table;
}();

constexpr std::size_t kLongest =
    std::max_element(std::begin(kDefinitions), std::end(kDefinitions), [](const Definition& a, const Definition& b) {
      return a.word.size() < b.word.size();
    })->word.size();
static_assert(kLongest <= kMaxLength);

FoldedWord fold(std::string_view sql, std::size_t offset, std::size_t length) {
  constexpr std::uint64_t kFold = 0x2020202020202020U;
  FoldedWord folded;
  if (sql.size() - offset >= kMaxLength) {
    std::memcpy(&folded.low, sql.data() + offset, 8);
    std::memcpy(&folded.high, sql.data() + offset + 8, 8);
    const auto mask = [](std::size_t bytes) {
      return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1;
    };
    folded.low = (folded.low | kFold) & mask(length);
    folded.high = (folded.high | kFold) & mask(length > 8 ? length - 8 : 0);
    return folded;
  }
  return fold_constant(sql.substr(offset, length));
}

}  // namespace

WordInfo lookup_word(std::string_view sql, std::size_t offset, std::size_t length) {
  if (length > kLongest || length < 2) return {};
  const FoldedWord folded = fold(sql, offset, length);
  for (std::size_t slot = folded.slot(kSlots);; slot = (slot + 1) % kSlots) {
    const Entry& entry = kTable[slot];
    if (entry.folded == folded) return entry.info;
    if (entry.folded.low == 0) return {};
  }
}

}  // namespace sqlproxy::pipeline
