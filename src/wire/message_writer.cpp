#include "wire/message_writer.hpp"

#include <cstdlib>
#include <limits>

#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {
namespace {

constexpr std::size_t kLengthWord = 4;

void append_big_endian(std::string& out, std::uint32_t value, std::size_t size) {
  for (std::size_t byte = size; byte-- > 0;) out.push_back(static_cast<char>((value >> (8 * byte)) & 0xff));
}

}  // namespace

void MessageWriter::begin_type(char type) {
  start_ = out_.size();
  out_.push_back(type);
  length_at_ = out_.size();
  out_.append(kLengthWord, '\0');
  fault_ = Fault::none;
}

void MessageWriter::begin(FrontendType type) {
  begin_type(static_cast<char>(type));
}
void MessageWriter::begin(BackendType type) {
  begin_type(static_cast<char>(type));
}

void MessageWriter::begin_untyped() {
  start_ = length_at_ = out_.size();
  out_.append(kLengthWord, '\0');
  fault_ = Fault::none;
}

void MessageWriter::u8(std::uint8_t value) {
  append_big_endian(out_, value, 1);
}
void MessageWriter::i16(std::int16_t value) {
  u16(static_cast<std::uint16_t>(value));
}
void MessageWriter::u16(std::uint16_t value) {
  append_big_endian(out_, value, 2);
}
void MessageWriter::i32(std::int32_t value) {
  u32(static_cast<std::uint32_t>(value));
}
void MessageWriter::u32(std::uint32_t value) {
  append_big_endian(out_, value, 4);
}

void MessageWriter::count(std::size_t entries) {
  if (entries > std::numeric_limits<std::uint16_t>::max()) fault_ = Fault::too_many_entries;
  u16(static_cast<std::uint16_t>(entries & 0xffff));
}

bool MessageWriter::has_room_for(std::uint64_t size) noexcept {
  const std::uint64_t length = std::uint64_t{out_.size()} - length_at_;
  if (length + size <= kLargeMessageLimit) return true;
  fault_ = Fault::too_long;
  return false;
}

void MessageWriter::cstring(std::string_view text) {
  if (!has_room_for(std::uint64_t{text.size()} + 1)) return;
  if (text.find('\0') != std::string_view::npos) fault_ = Fault::zero_byte;
  out_.append(text);
  out_.push_back('\0');
}

void MessageWriter::bytes(std::string_view data) {
  if (has_room_for(data.size())) out_.append(data);
}

void MessageWriter::sized_bytes(std::string_view data) {
  // A size that does not fit into 32 bits has no room either, so end() refuses the whole message.
  u32(static_cast<std::uint32_t>(data.size() & 0xffff'ffff));
  bytes(data);
}

core::Status MessageWriter::end() {
  if (has_room_for(0) && fault_ == Fault::none) {
    const std::uint64_t length = std::uint64_t{out_.size()} - length_at_;
    for (std::size_t byte = 0; byte < kLengthWord; ++byte) {
      out_[length_at_ + byte] = static_cast<char>((length >> (8 * (kLengthWord - 1 - byte))) & 0xff);
    }
    return {};
  }
  out_.resize(start_);
  if (fault_ == Fault::zero_byte) return protocol_violation("invalid string in message");
  return core::make_error(
      core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
      fault_ == Fault::too_many_entries ? "too many entries for one message" : "message is too long");
}

void MessageWriter::end_bounded() {
  // A caller's promise that does not hold: no reader could make sense of what would follow.
  if (!end()) std::abort();
}

namespace {

template <class Type>
core::Status append_typed(std::string& out, Type type, std::string_view body) {
  MessageWriter writer(out);
  writer.begin(type);
  writer.bytes(body);
  return writer.end();
}

}  // namespace

core::Status append_message(std::string& out, FrontendType type, std::string_view body) {
  return append_typed(out, type, body);
}

core::Status append_message(std::string& out, BackendType type, std::string_view body) {
  return append_typed(out, type, body);
}

void append_message(std::string& out, FrontendType type) {
  MessageWriter writer(out);
  writer.begin(type);
  writer.end_bounded();
}

void append_message(std::string& out, BackendType type) {
  MessageWriter writer(out);
  writer.begin(type);
  writer.end_bounded();
}

}  // namespace sqlproxy::wire
