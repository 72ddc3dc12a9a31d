#include "pipeline/utf8.hpp"

#include <cstring>

namespace sqlproxy::pipeline {

namespace {

// The Unicode standard's table 3-7, "Well-Formed UTF-8 Byte Sequences": what a first byte asks of those after it. Only
// the second byte's range depends on the first.
struct Lead {
  unsigned continuations;
  unsigned char low;
  unsigned char high;
};

constexpr unsigned kInvalid = 4;

constexpr Lead lead(unsigned char byte) {
  if (byte >= 0x01 && byte <= 0x7F) return {0, 0x80, 0xBF};
  if (byte >= 0xC2 && byte <= 0xDF) return {1, 0x80, 0xBF};
  if (byte == 0xE0) return {2, 0xA0, 0xBF};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {2, 0x80, 0xBF};
  if (byte == 0xF0) return {3, 0x90, 0xBF};
  if (byte >= 0xF1 && byte <= 0xF3) return {3, 0x80, 0xBF};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {kInvalid, 0, 0};
}

// Eight bytes, none of them zero and none above 0x7F.
bool plain_ascii(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  return ((word | (word - kOnes)) & kHighBits) == 0;
}

// The length of the valid character at text[i], or 0.
std::size_t character_length(std::string_view text, std::size_t i) {
  const Lead first = lead(static_cast<unsigned char>(text[i]));
  if (first.continuations == kInvalid || text.size() - i <= first.continuations) return 0;
  for (unsigned k = 1; k <= first.continuations; ++k) {
    const auto byte = static_cast<unsigned char>(text[i + k]);
    const bool second = k == 1;
    if (byte < (second ? first.low : 0x80) || byte > (second ? first.high : 0xBF)) return 0;
  }
  return first.continuations + 1;
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (text.size() - i >= sizeof(std::uint64_t) && plain_ascii(text.data() + i)) {
      i += sizeof(std::uint64_t);
      continue;
    }
    const std::size_t length = character_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return i;
}

void Utf8Checker::push(unsigned char byte) {
  if (missing_ > 0) {
    valid_ = valid_ && byte >= low_ && byte <= high_;
    --missing_;
    low_ = 0x80;
    high_ = 0xBF;
    return;
  }
  const Lead first = lead(byte);
  if (first.continuations == kInvalid) {
    valid_ = false;
    return;
  }
  missing_ = first.continuations;
  low_ = first.low;
  high_ = first.high;
}

void Utf8Checker::push_code_point(std::uint32_t code_point) {
  const auto continuation = [this, code_point](unsigned shift) {
    push(static_cast<unsigned char>(0x80 | ((code_point >> shift) & 0x3F)));
  };
  if (code_point < 0x80) {
    push(static_cast<unsigned char>(code_point));
  } else if (code_point < 0x800) {
    push(static_cast<unsigned char>(0xC0 | (code_point >> 6)));
    continuation(0);
  } else if (code_point < 0x10000) {
    push(static_cast<unsigned char>(0xE0 | (code_point >> 12)));
    continuation(6);
    continuation(0);
  } else {
    push(static_cast<unsigned char>(0xF0 | (code_point >> 18)));
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

}  // namespace sqlproxy::pipeline
