#include "wire/messages/backend_key_data.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/cancel_request.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

core::Result<BackendKeyData> BackendKeyData::decode(std::string_view body) {
  ByteReader reader(body);
  BackendKeyData message;
  message.process_id = reader.i32();
  message.key = reader.rest();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  if (message.key.size() < kMinCancelKey || message.key.size() > kMaxCancelKey) {
    return protocol_violation("invalid length of cancel key");
  }
  return message;
}

void BackendKeyData::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::BackendKeyData);
  writer.i32(process_id);
  writer.bytes(key);
  writer.end_bounded();
}

}  // namespace sqlproxy::wire
