#include "wire/unicode_nfkc.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "wire/saslprep_tables.hpp"

namespace sqlproxy::wire {
namespace {

// Hangul syllables are made of two or three jamo by arithmetic (The Unicode Standard, section 3.12).
constexpr char32_t kSyllableBase = 0xac00;
constexpr char32_t kLeadBase = 0x1100;
constexpr char32_t kVowelBase = 0x1161;
constexpr char32_t kTrailBase = 0x11a7;  // one before the first: index 0 is "no trailing consonant"
constexpr char32_t kLeadCount = 19;
constexpr char32_t kVowelCount = 21;
constexpr char32_t kTrailCount = 28;
constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTrailCount;

constexpr bool within(char32_t c, char32_t base, char32_t count) {
  return c >= base && c - base < count;
}

std::uint8_t combining_class(char32_t c) {
  const auto& table = saslprep_tables::kCombiningClasses;
  const auto range = std::ranges::lower_bound(table, c, {}, &saslprep_tables::CombiningClassRange::last);
  return range != table.end() && range->first <= c ? range->combining_class : std::uint8_t{0};
}

void append_decomposed(std::u32string& out, char32_t c) {
  if (within(c, kSyllableBase, kSyllableCount)) {
    const char32_t index = c - kSyllableBase;
    out.push_back(kLeadBase + index / (kVowelCount * kTrailCount));
    out.push_back(kVowelBase + index / kTrailCount % kVowelCount);
    if (index % kTrailCount != 0) out.push_back(kTrailBase + index % kTrailCount);
    return;
  }
  const auto& table = saslprep_tables::kDecompositions;
  const auto entry = std::ranges::lower_bound(table, c, {}, &saslprep_tables::Decomposition::code_point);
  if (entry == table.end() || entry->code_point != c) {
    out.push_back(c);
    return;
  }
  const auto parts = saslprep_tables::kDecompositionPool.subspan(entry->offset, entry->length);
  out.append(parts.begin(), parts.end());
}

// Sorts each run of combining marks by class; equal classes keep their order.
void order_marks(std::u32string& text) {
  struct Mark {
    std::uint8_t combining_class;
    std::size_t position;
    char32_t code_point;
  };
  std::vector<Mark> marks;
  const auto put_back = [&](std::size_t end) {
    std::ranges::sort(marks, {}, [](const Mark& mark) { return std::tuple(mark.combining_class, mark.position); });
    std::ranges::transform(marks, text.begin() + static_cast<std::ptrdiff_t>(end - marks.size()), &Mark::code_point);
    marks.clear();
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::uint8_t mark_class = combining_class(text[at]);
    if (mark_class != 0) {
      marks.push_back({mark_class, at, text[at]});
    } else {
      put_back(at);
    }
  }
  put_back(text.size());
}

std::optional<char32_t> compose_pair(char32_t first, char32_t second) {
  if (within(first, kLeadBase, kLeadCount) && within(second, kVowelBase, kVowelCount)) {
    return kSyllableBase + ((first - kLeadBase) * kVowelCount + (second - kVowelBase)) * kTrailCount;
  }
  const bool is_open_syllable =
      within(first, kSyllableBase, kSyllableCount) && (first - kSyllableBase) % kTrailCount == 0;
  if (is_open_syllable && within(second, kTrailBase + 1, kTrailCount - 1)) return first + (second - kTrailBase);

  const auto& table = saslprep_tables::kCompositions;
  const auto key = [](const saslprep_tables::Composition& c) { return std::tuple(c.first, c.second); };
  const auto entry = std::ranges::lower_bound(table, std::tuple(first, second), {}, key);
  if (entry == table.end() || key(*entry) != std::tuple(first, second)) return std::nullopt;
  return entry->composed;
}

// Joins each starter with the marks and starters after it that nothing blocks from it.
void compose(std::u32string& text) {
  std::optional<std::size_t> starter;
  std::uint8_t last_class = 0;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char32_t c = text[at];
    const std::uint8_t c_class = combining_class(c);
    const bool adjoins_starter = starter && *starter + 1 == kept;
    const bool blocked = !adjoins_starter && last_class >= c_class;
    const std::optional<char32_t> composed =
        starter && !blocked ? compose_pair(text[*starter], c) : std::optional<char32_t>();
    if (composed) {
      text[*starter] = *composed;
      continue;
    }
    if (c_class == 0) starter = kept;
    last_class = c_class;
    text[kept++] = c;
  }
  text.resize(kept);
}

}  // namespace

std::u32string normalize_nfkc(std::u32string_view text) {
  std::u32string result;
  result.reserve(text.size());
  for (const char32_t c : text) append_decomposed(result, c);
  order_marks(result);
  compose(result);
  return result;
}

}  // namespace sqlproxy::wire
