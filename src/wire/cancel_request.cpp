#include "wire/cancel_request.hpp"

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"
#include "wire/startup_packet.hpp"

namespace sqlproxy::wire {

core::Result<CancelRequest> CancelRequest::decode(std::string_view body) {
  ByteReader reader(body);
  const std::uint32_t code = reader.u32();
  CancelRequest request;
  request.process_id = reader.i32();
  request.key = reader.rest();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  if (code != kCancelRequestCode || request.key.empty() || request.key.size() > kMaxCancelKey) {
    return protocol_violation("invalid length of cancel request packet");
  }
  return request;
}

void CancelRequest::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin_untyped();
  writer.u32(kCancelRequestCode);
  writer.i32(process_id);
  writer.bytes(key);
  writer.end_bounded();
}

}  // namespace sqlproxy::wire
