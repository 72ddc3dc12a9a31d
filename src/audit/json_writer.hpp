#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sqlproxy::audit {

// Appends `text` as a JSON string. The result is ASCII-safe where it matters and valid UTF-8 whatever `text` holds:
//  - quotes, backslashes and control characters (C0, DEL, C1) are escaped, and so are the characters that change how a
//    terminal or an editor shows a line: U+2028, U+2029, the bidirectional controls, U+FEFF;
//  - each byte that is no part of a well-formed UTF-8 character becomes U+FFFD;
//  - of a text longer than `limit` bytes the beginning is kept, followed by the mark "…[+N bytes]".
void append_json_string(std::string& out, std::string_view text, std::size_t limit);

// The name of a member in the form in which it is written, put together at compile time: a line has some fifty of them.
class MemberName {
 public:
  template <std::size_t kSize>
  consteval MemberName(const char (&name)[kSize]) : size_(kSize - 1 + 4) {  // NOLINT(*-explicit-*)
    static_assert(kSize - 1 + 4 <= kMaxBytes);
    text_[0] = ',';
    text_[1] = '"';
    for (std::size_t i = 0; i + 1 < kSize; ++i) text_[i + 2] = name[i];
    text_[size_ - 2] = '"';
    text_[size_ - 1] = ':';
  }

  // ,"name":
  [[nodiscard]] std::string_view text() const { return {text_, size_}; }

 private:
  static constexpr std::size_t kMaxBytes = 32;

  char text_[kMaxBytes] = {};
  std::size_t size_;
};

// Writes the members of one flat JSON object, in the order of the calls, straight behind what `out` holds.
// The object refers to `out` and is meant to live on the stack while one line is written.
class JsonMembers {
 public:
  explicit JsonMembers(std::string& out) : out_(out) {}

  void string(const MemberName& name, std::string_view text, std::size_t limit);
  void string_or_null(const MemberName& name, std::string_view text, std::size_t limit);  // empty: null
  void word(const MemberName& name, std::string_view text);                               // text that needs no escaping
  void number(const MemberName& name, std::int64_t value);
  void number(const MemberName& name, std::uint64_t value);
  void fraction(const MemberName& name, double value);  // not finite: null
  void boolean(const MemberName& name, bool value);
  void null(const MemberName& name);
  // Writes the name alone; the caller appends the value.
  void key(const MemberName& name);

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace sqlproxy::audit
