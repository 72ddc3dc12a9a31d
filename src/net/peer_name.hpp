#pragma once

#include <cstdint>
#include <string>

#include "net/stream.hpp"

namespace sqlproxy::net {

// One end of a connection as people write it: an address and a port, or the word "unix" and none.
struct PeerName {
  std::string address;
  std::uint16_t port = 0;
};

// Both empty when the connection is gone.
[[nodiscard]] PeerName remote_name(const Stream::Socket& socket);
[[nodiscard]] PeerName local_name(const Stream::Socket& socket);

}  // namespace sqlproxy::net
