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

// Writes the members of one flat JSON object, in the order of the calls, straight behind what `out` holds.
// The object refers to `out` and is meant to live on the stack while one line is written.
class JsonMembers {
 public:
  explicit JsonMembers(std::string& out) : out_(out) {}

  // Names are written as they are: they must not need escaping.
  void string(std::string_view name, std::string_view text, std::size_t limit);
  void string_or_null(std::string_view name, std::string_view text, std::size_t limit);  // empty: null
  void word(std::string_view name, std::string_view text);                               // text that needs no escaping
  void number(std::string_view name, std::int64_t value);
  void number(std::string_view name, std::uint64_t value);
  void fraction(std::string_view name, double value);  // not finite: null
  void boolean(std::string_view name, bool value);
  void null(std::string_view name);
  // Writes the name alone; the caller appends the value.
  void key(std::string_view name);

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace sqlproxy::audit
