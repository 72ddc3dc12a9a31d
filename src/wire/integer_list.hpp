#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "wire/byte_reader.hpp"

namespace sqlproxy::wire {

// A run of big-endian integers as it stands in a message: format codes (uint16_t), OIDs (uint32_t).
// A view: dies with the bytes that it was made from. Cheap to copy, never allocates.
template <class Integer>
class IntegerList {
  static_assert(std::is_unsigned_v<Integer> && sizeof(Integer) <= 4);

 public:
  IntegerList() = default;
  // `wire` holds whole integers; a rest that is too short for one is ignored.
  explicit IntegerList(std::string_view wire) noexcept
      : wire_(wire.substr(0, wire.size() - wire.size() % sizeof(Integer))) {}

  // Reads `count` integers; empty when `reader` has too few bytes, which `reader` remembers.
  [[nodiscard]] static IntegerList read(ByteReader& reader, std::size_t count) noexcept {
    return IntegerList(reader.bytes(count * sizeof(Integer)));
  }

  [[nodiscard]] std::size_t size() const noexcept { return wire_.size() / sizeof(Integer); }
  [[nodiscard]] bool empty() const noexcept { return wire_.empty(); }
  // Requires: index < size().
  [[nodiscard]] Integer operator[](std::size_t index) const noexcept {
    Integer value = 0;
    for (const char byte : wire_.substr(index * sizeof(Integer), sizeof(Integer))) {
      value = static_cast<Integer>((std::uint32_t{value} << 8) | static_cast<unsigned char>(byte));
    }
    return value;
  }
  // The integers as they go over the wire; keep these bytes to build the same list again.
  [[nodiscard]] std::string_view wire() const noexcept { return wire_; }

 private:
  std::string_view wire_;
};

using FormatCodeList = IntegerList<std::uint16_t>;
using OidList = IntegerList<std::uint32_t>;

// The bytes of which IntegerList<Integer> is a view.
template <class Integer>
[[nodiscard]] std::string to_wire(std::span<const Integer> values) {
  std::string wire;
  wire.reserve(values.size() * sizeof(Integer));
  for (const Integer value : values) {
    for (std::size_t byte = sizeof(Integer); byte-- > 0;)
      wire.push_back(static_cast<char>((value >> (8 * byte)) & 0xff));
  }
  return wire;
}

}  // namespace sqlproxy::wire
