#include "wire/messages/row_description.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {
namespace {

RowDescription::Column read_column(ByteReader& reader) {
  RowDescription::Column column;
  column.name = reader.cstring();
  column.table_oid = reader.u32();
  column.attribute_number = reader.i16();
  column.type_oid = reader.u32();
  column.type_size = reader.i16();
  column.type_modifier = reader.i32();
  column.format = reader.u16();
  return column;
}

}  // namespace

core::Result<RowDescription> RowDescription::decode(std::string_view body) {
  ByteReader reader(body);
  RowDescription message;
  const std::size_t columns = reader.u16();
  for (std::size_t i = 0; i < columns && reader.ok(); ++i) message.columns.push_back(read_column(reader));
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status RowDescription::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::RowDescription);
  writer.count(columns.size());
  for (const Column& column : columns) {
    writer.cstring(column.name);
    writer.u32(column.table_oid);
    writer.i16(column.attribute_number);
    writer.u32(column.type_oid);
    writer.i16(column.type_size);
    writer.i32(column.type_modifier);
    writer.u16(column.format);
  }
  return writer.end();
}

}  // namespace sqlproxy::wire
