#include "wire/byte_reader.hpp"

#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

void ByteReader::fail(Failure failure) noexcept {
  if (failure_ == Failure::none) failure_ = failure;
}

std::uint64_t ByteReader::big_endian(std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes(size)) value = (value << 8) | static_cast<unsigned char>(byte);
  return value;
}

std::uint8_t ByteReader::u8() noexcept {
  if (ok() && at_end()) fail(Failure::no_data_left);
  return static_cast<std::uint8_t>(big_endian(1));
}

std::uint16_t ByteReader::u16() noexcept {
  return static_cast<std::uint16_t>(big_endian(2));
}
std::uint32_t ByteReader::u32() noexcept {
  return static_cast<std::uint32_t>(big_endian(4));
}
std::int16_t ByteReader::i16() noexcept {
  return static_cast<std::int16_t>(u16());
}
std::int32_t ByteReader::i32() noexcept {
  return static_cast<std::int32_t>(u32());
}

std::string_view ByteReader::cstring() noexcept {
  const std::size_t end = body_.find('\0', position_);
  if (end == std::string_view::npos) fail(Failure::invalid_string);
  if (!ok()) return {};
  const std::string_view text = body_.substr(position_, end - position_);
  position_ = end + 1;
  return text;
}

std::string_view ByteReader::bytes(std::size_t count) noexcept {
  if (count > remaining()) fail(Failure::insufficient_data);
  if (!ok()) return {};
  const std::string_view taken = body_.substr(position_, count);
  position_ += count;
  return taken;
}

std::string_view ByteReader::rest() noexcept {
  return bytes(remaining());
}

core::Status ByteReader::finish() const {
  switch (failure_) {
    case Failure::none: break;
    case Failure::no_data_left: return protocol_violation("no data left in message");
    case Failure::insufficient_data: return protocol_violation("insufficient data left in message");
    case Failure::invalid_string: return protocol_violation("invalid string in message");
  }
  if (!at_end()) return protocol_violation("invalid message format");
  return {};
}

}  // namespace sqlproxy::wire
