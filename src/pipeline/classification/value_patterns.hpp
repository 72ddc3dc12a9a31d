#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pipeline/classification/tag.hpp"

namespace sqlproxy::pipeline {

// What a text has to have before a pattern can match it: one pass over its bytes tells, and most texts have nothing.
enum class Need : std::uint16_t {
  at_sign = 1U << 0U,  // '@'
  digits = 1U << 1U,   // eight or more
  colons = 1U << 2U,   // two or more
  dots = 1U << 3U,     // three or more, and four digits
  octets = 1U << 4U,   // twelve hexadecimal digits, and what stands between those of a hardware address
  code = 1U << 5U,     // at most 20 bytes, with a letter and two digits
  secret = 1U << 6U,  // 16 bytes or more: in one piece, with digits, or with one of the marks that keys and hashes have
};

// One form of value: a regular expression that finds it, and a function that makes sure.
struct ValuePattern {
  BuiltinTag tag;
  Need need;
  // RE2, over bytes. Its first group is the hit; a pattern with ^ and $ is about values as a whole.
  std::string_view expression;
  bool (*is_one)(std::string_view hit);
  // How many of a column's values have to be one before the column is, and which share of those that are not null.
  std::uint16_t least_hits;
  double least_share;
  // Of a column all of whose values are.
  double confidence;
};

inline constexpr std::size_t kMaxValuePatterns = 48;

[[nodiscard]] std::span<const ValuePattern> value_patterns();

// The needs that `text` meets, as bits.
[[nodiscard]] std::uint16_t needs_met(std::string_view text);

}  // namespace sqlproxy::pipeline
