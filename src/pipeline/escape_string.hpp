#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/utf8.hpp"

namespace sqlproxy::pipeline {

// Walks the body of an E'...' string, in which a backslash escapes (scan.l, states xe and xeu). One per string; a
// string that continues on a further line has several bodies.
class EscapeStringScanner {
 public:
  // Returned when scan.l raises an error in the body: the closing quote is missing, a Unicode escape is malformed.
  static constexpr std::size_t kError = static_cast<std::size_t>(-1);

  explicit EscapeStringScanner(std::string_view sql) : sql_(sql) {}

  // Requires: `begin` is behind the opening quote. Returns the offset behind the closing quote, or kError.
  std::size_t scan_body(std::size_t begin);

  // Whether the bytes that octal and hexadecimal escapes made, together with the others, are valid UTF-8: asked at the
  // end of the whole string, as scan.l does.
  [[nodiscard]] bool valid() const { return !made_bytes_ || checker_.complete(); }

 private:
  [[nodiscard]] unsigned char at(std::size_t i) const {
    return i < sql_.size() ? static_cast<unsigned char>(sql_[i]) : 0;
  }
  // Each: `i` is at the backslash; returns the offset behind the escape, or kError.
  std::size_t escape(std::size_t i);
  std::size_t unicode_escape(std::size_t i);
  std::size_t octal_escape(std::size_t i);
  void made_byte(unsigned char byte);

  std::string_view sql_;
  Utf8Checker checker_;
  // An escape has made a byte that is zero or above 0x7F.
  bool made_bytes_ = false;
  // A first surrogate that waits for its second, or 0. It cannot wait past the end of a body.
  std::uint32_t first_surrogate_ = 0;
};

}  // namespace sqlproxy::pipeline
