#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/listen_address.hpp"
#include "core/result.hpp"
#include "frontend/inherited_sockets.hpp"
#include "net/asio.hpp"
#include "net/task_group.hpp"

namespace sqlproxy::frontend {

// Accepts connections on one configured address (which may stand for several sockets) and hands each socket on. Lives
// on the control thread. Life cycle: open(), start(), stop(), join.
class Listener {
 public:
  // Takes over the socket; `family` is AF_INET, AF_INET6 or AF_UNIX.
  using Accepted = std::function<void(int socket, int family)>;

  // With `reuse_port` several processes may listen on the same address.
  Listener(net::Executor executor, config::ListenAddress address, bool reuse_port, Accepted accepted);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  // Goes on with the sockets among `inherited` that are bound to the address, or binds and listens. A stale file of a
  // Unix socket nobody listens on is replaced.
  [[nodiscard]] core::Status open(InheritedSockets& inherited);
  void start(net::TaskGroup& tasks);
  // Takes in whoever has connected already, unless somebody else holds the sockets too and will, and closes them;
  // start()'s coroutines end.
  void stop();

 private:
  class Socket;

  [[nodiscard]] core::Status open_tcp();
  [[nodiscard]] core::Status open_unix();
  [[nodiscard]] core::Status listen_on(const asio::generic::stream_protocol::endpoint& endpoint);
  [[nodiscard]] static net::Task<void> accept_all(std::shared_ptr<Socket> socket, const Accepted& accepted);

  void accept_waiting(Socket& socket) const;

  net::Executor executor_;
  config::ListenAddress address_;
  bool reuse_port_;
  bool inherited_ = false;
  Accepted accepted_;
  std::vector<std::shared_ptr<Socket>> sockets_;
  std::string unix_path_;
};

}  // namespace sqlproxy::frontend
