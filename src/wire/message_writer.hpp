#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/message_type.hpp"

namespace sqlproxy::wire {

// Appends one message after another to a buffer that the caller owns and that outlives the writer.
//
//   MessageWriter writer(out);
//   writer.begin(FrontendType::Query);
//   writer.cstring(text);
//   return writer.end();
//
// Lengths are computed in 64 bits. A message that would pass kLargeMessageLimit, a count above 65,535 and a string with
// a zero byte inside make end() fail, and the buffer is then as it was before begin(): a wrapped length or a cut string
// would let a peer read parameter bytes as messages of their own (protocol.md 4.1.7). Not thread-safe.
class MessageWriter {
 public:
  explicit MessageWriter(std::string& out) noexcept : out_(out) {}

  // Starts a message. Requires: the last one was ended.
  void begin(FrontendType type);
  void begin(BackendType type);
  // Starts a packet without a type byte, as all those are that precede the authentication.
  void begin_untyped();

  void u8(std::uint8_t value);
  void i16(std::int16_t value);
  void u16(std::uint16_t value);
  void i32(std::int32_t value);
  void u32(std::uint32_t value);
  // The number of entries that follow, as an unsigned 16-bit integer.
  void count(std::size_t entries);
  // `text` and a zero byte.
  void cstring(std::string_view text);
  void bytes(std::string_view data);
  // A length word and the bytes, as parameters and columns are sent.
  void sized_bytes(std::string_view data);

  // Writes the length word. 08P01 or 54000 as said above, with the message taken back.
  [[nodiscard]] core::Status end();
  // end() for a message whose fields, by construction, cannot fail.
  void end_bounded();

 private:
  enum class Fault : std::uint8_t { none, too_long, too_many_entries, zero_byte };

  void begin_type(char type);
  // True, or too_long, for `size` more bytes: what cannot be sent is not copied either.
  [[nodiscard]] bool has_room_for(std::uint64_t size) noexcept;

  std::string& out_;
  std::size_t start_ = 0;
  std::size_t length_at_ = 0;
  Fault fault_ = Fault::none;
};

// Appends a message whose body is given as it goes over the wire; empty for Sync, ParseComplete and the like.
[[nodiscard]] core::Status append_message(std::string& out, FrontendType type, std::string_view body);
[[nodiscard]] core::Status append_message(std::string& out, BackendType type, std::string_view body);
// Appends a message without a body.
void append_message(std::string& out, FrontendType type);
void append_message(std::string& out, BackendType type);

}  // namespace sqlproxy::wire
