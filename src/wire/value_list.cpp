#include "wire/value_list.hpp"

namespace sqlproxy::wire {
namespace {

constexpr std::int32_t kNull = -1;

// One value at the reader's position; a length below -1 fails the reader, as any length that does not fit does.
ValueList::Value read_value(ByteReader& reader) noexcept {
  const std::int32_t size = reader.i32();
  if (size == kNull) return std::nullopt;
  return reader.bytes(static_cast<std::uint32_t>(size));
}

}  // namespace

ValueList::Value ValueList::Iterator::operator*() const noexcept {
  ByteReader reader = reader_;
  return read_value(reader);
}

ValueList::Iterator& ValueList::Iterator::operator++() noexcept {
  (void)read_value(reader_);
  return *this;
}

ValueList ValueList::read(ByteReader& reader, std::size_t count) noexcept {
  ByteReader scan = reader;
  const std::size_t start = scan.position();
  for (std::size_t i = 0; i < count && scan.ok(); ++i) (void)read_value(scan);
  if (!scan.ok()) {
    // What scan failed at was "insufficient data" in all cases: let `reader` fail in the same way.
    (void)reader.bytes(reader.remaining() + 1);
    return {};
  }
  ValueList list;
  list.wire_ = reader.bytes(scan.position() - start);
  list.count_ = count;
  return list;
}

void append_value(std::string& wire, ValueList::Value value) {
  const std::uint32_t size = value ? static_cast<std::uint32_t>(value->size()) : static_cast<std::uint32_t>(kNull);
  for (int shift = 24; shift >= 0; shift -= 8) wire.push_back(static_cast<char>((size >> shift) & 0xff));
  if (value) wire.append(*value);
}

}  // namespace sqlproxy::wire
