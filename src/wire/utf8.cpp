#include "wire/utf8.hpp"

#include <cstddef>

namespace sqlproxy::wire {
namespace {

struct Sequence {
  std::size_t length;
  char32_t leading_bits;
  char32_t smallest;  // below this, a shorter sequence would have done
};

std::optional<Sequence> sequence_of(unsigned char lead) {
  if (lead < 0x80) return Sequence{1, lead, 0};
  if (lead < 0xc0) return std::nullopt;
  if (lead < 0xe0) return Sequence{2, lead & 0x1fU, 0x80};
  if (lead < 0xf0) return Sequence{3, lead & 0x0fU, 0x800};
  if (lead < 0xf8) return Sequence{4, lead & 0x07U, 0x10000};
  return std::nullopt;
}

}  // namespace

std::optional<std::u32string> decode_utf8(std::string_view text) {
  std::u32string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::optional<Sequence> sequence = sequence_of(static_cast<unsigned char>(text.front()));
    if (!sequence || sequence->length > text.size()) return std::nullopt;
    char32_t code = sequence->leading_bits;
    for (const char byte : text.substr(1, sequence->length - 1)) {
      const auto value = static_cast<unsigned char>(byte);
      if ((value & 0xc0U) != 0x80U) return std::nullopt;
      code = (code << 6) | (value & 0x3fU);
    }
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < sequence->smallest || code > 0x10ffff || is_surrogate) return std::nullopt;
    result.push_back(code);
    text.remove_prefix(sequence->length);
  }
  return result;
}

std::string encode_utf8(std::u32string_view text) {
  std::string result;
  result.reserve(text.size());
  const auto put = [&result](char32_t byte) { result.push_back(static_cast<char>(byte)); };
  for (const char32_t code : text) {
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | (code >> 6));
      put(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      put(0xe0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }
  return result;
}

}  // namespace sqlproxy::wire
