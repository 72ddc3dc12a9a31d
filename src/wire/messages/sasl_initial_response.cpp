#include "wire/messages/sasl_initial_response.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {
namespace {

constexpr std::int32_t kNoData = -1;

}  // namespace

core::Result<SASLInitialResponse> SASLInitialResponse::decode(std::string_view body) {
  ByteReader reader(body);
  SASLInitialResponse message;
  message.mechanism = reader.cstring();
  const std::int32_t size = reader.i32();
  if (size != kNoData) message.data = reader.bytes(static_cast<std::uint32_t>(size));
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status SASLInitialResponse::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::PasswordMessage);
  writer.cstring(mechanism);
  if (data) {
    writer.sized_bytes(*data);
  } else {
    writer.i32(kNoData);
  }
  return writer.end();
}

}  // namespace sqlproxy::wire
