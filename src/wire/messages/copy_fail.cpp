#include "wire/messages/copy_fail.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<CopyFail> CopyFail::decode(std::string_view body) {
  ByteReader reader(body);
  const CopyFail message{reader.cstring()};
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status CopyFail::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::CopyFail);
  writer.cstring(reason);
  return writer.end();
}

}  // namespace sqlproxy::wire
