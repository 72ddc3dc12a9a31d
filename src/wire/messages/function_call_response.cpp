#include "wire/messages/function_call_response.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/value_list.hpp"

namespace sqlproxy::wire {

core::Result<FunctionCallResponse> FunctionCallResponse::decode(std::string_view body) {
  ByteReader reader(body);
  const ValueList values = ValueList::read(reader, 1);
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return FunctionCallResponse{*values.begin()};
}

core::Status FunctionCallResponse::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::FunctionCallResponse);
  if (value) {
    writer.sized_bytes(*value);
  } else {
    writer.i32(-1);
  }
  return writer.end();
}

}  // namespace sqlproxy::wire
