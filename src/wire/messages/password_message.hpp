#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A password in clear, or the answer to an md5 challenge (libpq/auth.c, recv_password_packet; protocol.md 2.5.2).
struct PasswordMessage {
  // A view into the decoded body: a secret, which the owner of that buffer should wipe after use.
  std::string_view password;

  // 08P01 "invalid password packet size"; 28P01 "empty password returned by client".
  [[nodiscard]] static core::Result<PasswordMessage> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
