#include "wire/messages/authentication.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/md5_password.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {
namespace {

// The list ends with an empty name.
core::Status read_mechanisms(ByteReader& reader, std::vector<std::string_view>& mechanisms) {
  while (true) {
    const std::string_view mechanism = reader.cstring();
    if (!reader.ok()) return reader.finish();
    if (mechanism.empty()) break;
    mechanisms.push_back(mechanism);
  }
  if (mechanisms.empty()) return protocol_violation("invalid message format");
  return {};
}

}  // namespace

Authentication Authentication::sasl(std::vector<std::string_view> mechanisms) {
  return {Kind::SASL, {}, std::move(mechanisms)};
}

core::Result<Authentication> Authentication::decode(std::string_view body) {
  ByteReader reader(body);
  Authentication message;
  const std::uint32_t kind = reader.u32();
  message.kind = static_cast<Kind>(kind);
  switch (message.kind) {
    case Kind::Ok:
    case Kind::KerberosV5:
    case Kind::CleartextPassword:
    case Kind::GSS:
    case Kind::SSPI: break;
    case Kind::MD5Password: message.data = reader.bytes(kMd5SaltSize); break;
    case Kind::GSSContinue:
    case Kind::SASLContinue:
    case Kind::SASLFinal: message.data = reader.rest(); break;
    case Kind::SASL:
      if (auto status = read_mechanisms(reader, message.mechanisms); !status) return std::move(status).error();
      break;
    default:
      return core::make_error(core::ErrorCode::unsupported, core::sqlstate::kFeatureNotSupported,
                              "authentication method " + std::to_string(kind) + " not supported");
  }
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status Authentication::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::Authentication);
  writer.u32(static_cast<std::uint32_t>(kind));
  writer.bytes(data);
  if (kind == Kind::SASL) {
    for (const std::string_view mechanism : mechanisms) writer.cstring(mechanism);
    writer.u8(0);
  }
  return writer.end();
}

}  // namespace sqlproxy::wire
