#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "config/auth.hpp"

namespace sqlproxy::frontend {

// What of a connection the host-based rules look at.
struct ConnectionOrigin {
  bool unix_socket = false;
  bool tls = false;
  // The client's address: 4 or 16 bytes in network order; empty for Unix sockets.
  std::span<const std::uint8_t> address;
  std::string_view user;
  std::string_view database;
};

// How the client has to prove who it is: the method of the first rule that matches, or the default when there are no
// rules. None when there are rules and none matches: the connection is refused.
[[nodiscard]] std::optional<config::AuthMethod> choose_auth_method(const config::Auth& auth,
                                                                   const ConnectionOrigin& origin);

}  // namespace sqlproxy::frontend
