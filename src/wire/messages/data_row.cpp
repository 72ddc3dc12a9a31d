#include "wire/messages/data_row.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<DataRow> DataRow::decode(std::string_view body) {
  ByteReader reader(body);
  const std::size_t values = reader.u16();
  const DataRow message{ValueList::read(reader, values)};
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status DataRow::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::DataRow);
  writer.count(values.size());
  writer.bytes(values.wire());
  return writer.end();
}

}  // namespace sqlproxy::wire
