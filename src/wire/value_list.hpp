#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "wire/byte_reader.hpp"

namespace sqlproxy::wire {

// The values of a Bind, a FunctionCall or a DataRow: each a signed length word and its bytes, where length -1 is NULL.
// A view over validated bytes: dies with the body that it was read from, and iterating cannot fail. Never allocates.
class ValueList {
 public:
  using Value = std::optional<std::string_view>;  // none: NULL

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    using pointer = const Value*;
    using reference = Value;

    explicit Iterator(std::string_view wire) noexcept : reader_(wire) {}
    [[nodiscard]] Value operator*() const noexcept;
    Iterator& operator++() noexcept;
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
      return a.reader_.remaining() == b.reader_.remaining();
    }

   private:
    ByteReader reader_;
  };

  ValueList() = default;
  // Reads `count` values. When they do not fit into what `reader` has left, or a length is below -1, then `reader` has
  // failed and the list is empty.
  [[nodiscard]] static ValueList read(ByteReader& reader, std::size_t count) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] Iterator begin() const noexcept { return Iterator(wire_); }
  [[nodiscard]] Iterator end() const noexcept { return Iterator(wire_.substr(wire_.size())); }
  // The values as they go over the wire, without their count.
  [[nodiscard]] std::string_view wire() const noexcept { return wire_; }

 private:
  std::string_view wire_;
  std::size_t count_ = 0;
};

// Appends one value in the form that ValueList reads. Requires: fewer than 2^31 bytes.
void append_value(std::string& wire, ValueList::Value value);

}  // namespace sqlproxy::wire
