#pragma once

#include <cstdint>
#include <string_view>

#include "core/result.hpp"
#include "net/input_buffer.hpp"
#include "net/stream.hpp"

namespace sqlproxy::net {

// A whole message; `body` is a view into the buffer and dies with the next read.
struct Message {
  char type = 0;
  std::string_view body;
};

// Reads whole messages one at a time, for the phases in which nothing is relayed: authentication, on both sides. Keeps
// what was read behind a message in the buffer. Not thread-safe; both arguments outlive it.
class MessageReader {
 public:
  MessageReader(Stream& stream, InputBuffer& buffer) : stream_(stream), buffer_(buffer) {}

  // The next message. Errors: `closed` at the end of the stream, `network`, and `invalid_input` (08P01) for a length
  // word that is malformed or asks for more than `max_body_size` bytes; no memory is taken for such a body.
  [[nodiscard]] Task<core::Result<Message>> next(std::uint32_t max_body_size);

  // Drops the last message from the buffer, as the next call of next() would.
  void finish();

 private:
  [[nodiscard]] Task<core::Status> fill(std::size_t size);

  Stream& stream_;
  InputBuffer& buffer_;
  std::size_t current_ = 0;
};

}  // namespace sqlproxy::net
