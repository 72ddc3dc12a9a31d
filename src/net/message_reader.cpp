#include "net/message_reader.hpp"

#include "wire/frame.hpp"

namespace sqlproxy::net {

Task<core::Status> MessageReader::fill(std::size_t size) {
  while (buffer_.size() < size) {
    buffer_.reserve(size);
    const IoResult read = co_await stream_.read_some(buffer_.prepare());
    if (!read.ok()) {
      const bool ended = read.error == asio::error::eof;
      co_return core::make_error(ended ? core::ErrorCode::closed : core::ErrorCode::network,
                                 core::sqlstate::kConnectionFailure,
                                 ended ? "connection closed by peer" : "connection lost: " + read.error.message());
    }
    buffer_.commit(read.size);
  }
  co_return core::Status{};
}

Task<core::Result<Message>> MessageReader::next(std::uint32_t max_body_size) {
  finish();
  if (auto filled = co_await fill(wire::FrameHeader::kSize); !filled) co_return std::move(filled).error();
  const auto header = wire::decode_frame_header(buffer_.data());
  if (!header || header->body_size > max_body_size) {
    co_return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation,
                               "invalid message length");
  }
  const auto size = static_cast<std::size_t>(header->frame_size());
  if (auto filled = co_await fill(size); !filled) co_return std::move(filled).error();
  current_ = size;
  co_return Message{header->type, buffer_.data().substr(wire::FrameHeader::kSize, header->body_size)};
}

void MessageReader::finish() {
  buffer_.consume(current_);
  current_ = 0;
}

}  // namespace sqlproxy::net
