#include "pipeline/escape_string.hpp"

namespace sqlproxy::pipeline {

namespace {

constexpr int hex_value(unsigned char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_octal(unsigned char c) {
  return c >= '0' && c <= '7';
}

// What a backslash before `c` stands for (scan.l, unescape_single_char).
constexpr unsigned char unescaped(unsigned char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

constexpr bool is_first_surrogate(std::uint32_t c) {
  return c >= 0xD800 && c <= 0xDBFF;
}
constexpr bool is_second_surrogate(std::uint32_t c) {
  return c >= 0xDC00 && c <= 0xDFFF;
}

}  // namespace

std::size_t EscapeStringScanner::scan_body(std::size_t begin) {
  std::size_t i = begin;
  while (i < sql_.size()) {
    const unsigned char c = at(i);
    if (c == '\\') {
      i = escape(i);
      if (i == kError) return kError;
      continue;
    }
    if (first_surrogate_ != 0) return kError;
    if (c == '\'') {
      if (at(i + 1) != '\'') return i + 1;
      ++i;
    }
    checker_.push(c);
    ++i;
  }
  return kError;
}

std::size_t EscapeStringScanner::escape(std::size_t i) {
  const unsigned char c = at(i + 1);
  if (c == 'u' || c == 'U') return unicode_escape(i);
  if (first_surrogate_ != 0 || i + 1 >= sql_.size()) return kError;
  if (is_octal(c)) return octal_escape(i);
  if (c == 'x' && hex_value(at(i + 2)) >= 0) {
    int value = hex_value(at(i + 2));
    std::size_t end = i + 3;
    if (hex_value(at(end)) >= 0) value = value * 16 + hex_value(at(end++));
    made_byte(static_cast<unsigned char>(value));
    return end;
  }
  made_byte(unescaped(c));
  return i + 2;
}

std::size_t EscapeStringScanner::octal_escape(std::size_t i) {
  unsigned value = 0;
  std::size_t end = i + 1;
  while (end < i + 4 && is_octal(at(end))) value = value * 8 + (at(end++) - '0');
  made_byte(static_cast<unsigned char>(value));
  return end;
}

std::size_t EscapeStringScanner::unicode_escape(std::size_t i) {
  const std::size_t digits = at(i + 1) == 'u' ? 4 : 8;
  std::uint32_t value = 0;
  for (std::size_t k = 0; k < digits; ++k) {
    const int digit = hex_value(at(i + 2 + k));
    if (digit < 0) return kError;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  const std::size_t end = i + 2 + digits;
  if (first_surrogate_ != 0) {
    if (!is_second_surrogate(value)) return kError;
    value = 0x10000 + ((first_surrogate_ & 0x3FF) << 10) + (value & 0x3FF);
    first_surrogate_ = 0;
  } else if (is_first_surrogate(value)) {
    first_surrogate_ = value;
    return end;
  } else if (is_second_surrogate(value)) {
    return kError;
  }
  if (value == 0 || value > 0x10FFFF) return kError;
  checker_.push_code_point(value);
  return end;
}

void EscapeStringScanner::made_byte(unsigned char byte) {
  if (byte == 0 || byte > 0x7F) made_bytes_ = true;
  checker_.push(byte);
}

}  // namespace sqlproxy::pipeline
