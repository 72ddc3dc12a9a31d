#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sqlproxy::pipeline {

// How many bytes of `text`, from its start, are valid UTF-8 without zero bytes, as PostgreSQL validates it
// (src/common/wchar.c, pg_utf8_verifystr): no overlong forms, no surrogates, nothing past U+10FFFF.
// text.size() when all of it is valid; otherwise the offset of the first bad character.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text);

// The same judgement on bytes that arrive one at a time.
class Utf8Checker {
 public:
  void push(unsigned char byte);
  // Requires: a Unicode scalar value other than 0.
  void push_code_point(std::uint32_t code_point);

  // True when everything pushed so far is valid and ends with a whole character.
  [[nodiscard]] bool complete() const { return valid_ && missing_ == 0; }

 private:
  bool valid_ = true;
  unsigned missing_ = 0;  // continuation bytes to come
  // Bounds of the next one.
  unsigned char low_ = 0x80;
  unsigned char high_ = 0xBF;
};

}  // namespace sqlproxy::pipeline
