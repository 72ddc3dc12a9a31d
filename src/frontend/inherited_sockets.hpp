#pragma once

#include <string>
#include <vector>

#include "config/listen_address.hpp"

namespace sqlproxy::frontend {

// Listening sockets that were open before the process began, and stay so after it: somebody else holds them too, so
// clients that come while the service restarts wait in their backlog. Owns those that nobody has taken.
class InheritedSockets {
 public:
  struct Socket {
    int descriptor = -1;
    int family = 0;
  };

  InheritedSockets() = default;
  explicit InheritedSockets(const std::vector<int>& descriptors);
  InheritedSockets(const InheritedSockets&) = delete;
  InheritedSockets& operator=(const InheritedSockets&) = delete;
  ~InheritedSockets();

  // Those that listen on `address`, for the caller to own: bound to one of the endpoints that it resolves to, or to the
  // same port of every interface.
  [[nodiscard]] std::vector<Socket> take(const config::ListenAddress& address);
  // The addresses of those that are left, as text.
  [[nodiscard]] std::vector<std::string> left() const;

 private:
  struct Known {
    Socket socket;
    std::string host;  // or the path of a Unix socket
    int port = -1;     // -1: none
  };
  std::vector<Known> sockets_;
};

}  // namespace sqlproxy::frontend
