#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::pipeline {

// Reads JSON as PostgreSQL's json functions write it, where the shape is known: arrays, strings, integers, null. Each
// read takes the next value and fails on any other; after a failure the reader is of no use. Keeps a view of the text.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  // Takes `mark`, one of []," after white space.
  [[nodiscard]] bool take(char mark);
  [[nodiscard]] bool take_null();
  // Of at most 63 bits.
  [[nodiscard]] std::optional<std::uint64_t> take_integer();
  // Escapes of characters beyond ASCII are not read: PostgreSQL writes none.
  [[nodiscard]] std::optional<std::string> take_string();
  // Only white space is left.
  [[nodiscard]] bool at_end();

  // Calls `take_element` for each element of an array; false when it or the array's own form fails. null is an empty
  // array: what json_agg makes of no rows.
  template <class TakeElement>
  [[nodiscard]] bool take_array(TakeElement take_element) {
    if (take_null()) return true;
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!take_element()) return false;
    } while (take(','));
    return take(']');
  }

 private:
  void skip_space();
  [[nodiscard]] std::optional<char> take_escape();

  std::string_view text_;
  std::size_t place_ = 0;
};

}  // namespace sqlproxy::pipeline
