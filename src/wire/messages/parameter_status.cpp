#include "wire/messages/parameter_status.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<ParameterStatus> ParameterStatus::decode(std::string_view body) {
  ByteReader reader(body);
  ParameterStatus message;
  message.name = reader.cstring();
  message.value = reader.cstring();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status ParameterStatus::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::ParameterStatus);
  writer.cstring(name);
  writer.cstring(value);
  return writer.end();
}

}  // namespace sqlproxy::wire
