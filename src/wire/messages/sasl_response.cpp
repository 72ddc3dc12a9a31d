#include "wire/messages/sasl_response.hpp"

#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Status SASLResponse::encode(std::string& out) const {
  return append_message(out, FrontendType::PasswordMessage, data);
}

}  // namespace sqlproxy::wire
