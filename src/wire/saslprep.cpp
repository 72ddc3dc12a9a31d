#include "wire/saslprep.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "wire/saslprep_tables.hpp"
#include "wire/unicode_nfkc.hpp"
#include "wire/utf8.hpp"

namespace sqlproxy::wire {
namespace {

using saslprep_tables::CodePointRange;

bool contains(std::span<const CodePointRange> table, char32_t c) {
  const auto range = std::ranges::lower_bound(table, c, {}, &CodePointRange::last);
  return range != table.end() && range->first <= c;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// RFC 4013, section 2.1. U+200B is in both tables; as in PostgreSQL the space wins.
void map_characters(std::u32string& text) {
  std::size_t kept = 0;
  for (const char32_t c : text) {
    if (contains(saslprep_tables::kMappedToSpace, c)) {
      text[kept++] = U' ';
    } else if (!contains(saslprep_tables::kMappedToNothing, c)) {
      text[kept++] = c;
    }
  }
  text.resize(kept);
}

bool is_prohibited(char32_t c) {
  return contains(saslprep_tables::kProhibited, c) || contains(saslprep_tables::kUnassigned, c);
}

// RFC 3454, section 6: right-to-left text begins and ends so, and has no left-to-right letters. Requires: not empty.
bool is_valid_bidi(std::u32string_view text) {
  const auto is_rtl = [](char32_t c) { return contains(saslprep_tables::kRandALCat, c); };
  const auto is_ltr = [](char32_t c) { return contains(saslprep_tables::kLCat, c); };
  if (std::ranges::none_of(text, is_rtl)) return true;
  return std::ranges::none_of(text, is_ltr) && is_rtl(text.front()) && is_rtl(text.back());
}

}  // namespace

std::optional<std::string> saslprep(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::optional<std::u32string> code_points = decode_utf8(text);
  if (!code_points) return std::nullopt;
  map_characters(*code_points);
  if (code_points->empty()) return std::nullopt;
  if (std::ranges::any_of(*code_points, is_prohibited)) return std::nullopt;
  if (!is_valid_bidi(*code_points)) return std::nullopt;
  std::u32string normalized = normalize_nfkc(*code_points);
  std::string result = encode_utf8(normalized);
  core::secure_zero(code_points->data(), code_points->size() * sizeof(char32_t));
  core::secure_zero(normalized.data(), normalized.size() * sizeof(char32_t));
  return result;
}

core::Secret prepare_password(std::string_view password) {
  std::optional<std::string> prepared = saslprep(password);
  return core::Secret(prepared ? std::move(*prepared) : std::string(password));
}

}  // namespace sqlproxy::wire
