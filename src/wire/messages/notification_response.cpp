#include "wire/messages/notification_response.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<NotificationResponse> NotificationResponse::decode(std::string_view body) {
  ByteReader reader(body);
  NotificationResponse message;
  message.process_id = reader.i32();
  message.channel = reader.cstring();
  message.payload = reader.cstring();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status NotificationResponse::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::NotificationResponse);
  writer.i32(process_id);
  writer.cstring(channel);
  writer.cstring(payload);
  return writer.end();
}

}  // namespace sqlproxy::wire
