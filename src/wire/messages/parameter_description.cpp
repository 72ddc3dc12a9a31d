#include "wire/messages/parameter_description.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<ParameterDescription> ParameterDescription::decode(std::string_view body) {
  ByteReader reader(body);
  const std::size_t types = reader.u16();
  const ParameterDescription message{OidList::read(reader, types)};
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status ParameterDescription::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::ParameterDescription);
  writer.count(parameter_types.size());
  writer.bytes(parameter_types.wire());
  return writer.end();
}

}  // namespace sqlproxy::wire
