#include "wire/messages/password_message.hpp"

#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

core::Result<PasswordMessage> PasswordMessage::decode(std::string_view body) {
  if (body.empty() || body.find('\0') != body.size() - 1) return protocol_violation("invalid password packet size");
  const PasswordMessage message{body.substr(0, body.size() - 1)};
  if (message.password.empty()) {
    return core::make_error(core::ErrorCode::denied, core::sqlstate::kInvalidPassword,
                            "empty password returned by client");
  }
  return message;
}

core::Status PasswordMessage::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::PasswordMessage);
  writer.cstring(password);
  return writer.end();
}

}  // namespace sqlproxy::wire
