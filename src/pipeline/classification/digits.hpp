#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace sqlproxy::pipeline {

inline constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline constexpr bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
inline constexpr int digit_value(char c) {
  return c - '0';
}

// The digits of a number as people write it, without what stands between them. At most kMax.
class Digits {
 public:
  static constexpr std::size_t kMax = 24;

  // Takes the digits of `text`; none when there are more than kMax, or anything but digits and `separators`.
  [[nodiscard]] static std::optional<Digits> of(std::string_view text, std::string_view separators) {
    Digits digits;
    for (const char c : text) {
      if (!is_digit(c)) {
        if (separators.find(c) == std::string_view::npos) return std::nullopt;
        continue;
      }
      if (digits.size_ == kMax) return std::nullopt;
      digits.text_[digits.size_++] = c;
    }
    return digits;
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int operator[](std::size_t i) const { return digit_value(text_[i]); }
  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }
  // The number that `count` digits from `from` on make. Requires: they fit into an int.
  [[nodiscard]] int number(std::size_t from, std::size_t count) const {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) value = value * 10 + (*this)[i];
    return value;
  }
  // 000000, 111111 ...: valid by many check sums, and given to nobody.
  [[nodiscard]] bool all_equal() const {
    return size_ != 0 && text().find_first_not_of(text_[0]) == std::string_view::npos;
  }

 private:
  std::array<char, kMax> text_{};
  std::size_t size_ = 0;
};

// The Luhn check sum (ISO/IEC 7812-1, annex B) over digits alone.
[[nodiscard]] bool passes_luhn(std::string_view digits);

// The days of a date are those that its month has. Years as written, four digits.
[[nodiscard]] bool is_date(int year, int month, int day);

}  // namespace sqlproxy::pipeline
