#include "frontend/listener.hpp"

#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/log.hpp"

namespace sqlproxy::frontend {
namespace {

using Endpoint = asio::generic::stream_protocol::endpoint;

constexpr int kBacklog = 4096;

core::Error listen_error(const config::ListenAddress& address, const std::string& why) {
  return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kInternalError,
                          "could not listen on " + address.text() + ": " + why);
}

// True when a process answers on the Unix socket.
bool somebody_listens(const Endpoint& endpoint) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const bool answered = ::connect(probe, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
  ::close(probe);
  return answered;
}

}  // namespace

// One listening socket. The descriptor is watched by the event loop, and accepted from until nobody waits.
class Listener::Socket {
 public:
  Socket(net::Executor executor, int family, int descriptor) : family_(family), acceptor_(executor) {
    std::error_code error;
    acceptor_.assign(asio::generic::stream_protocol(family, 0), descriptor, error);
    acceptor_.non_blocking(true, error);
  }

  [[nodiscard]] int family() const { return family_; }
  [[nodiscard]] auto& acceptor() { return acceptor_; }

 private:
  int family_;
  asio::basic_socket_acceptor<asio::generic::stream_protocol, net::Executor> acceptor_;
};

Listener::Listener(net::Executor executor, config::ListenAddress address, bool reuse_port, Accepted accepted)
    : executor_(std::move(executor)),
      address_(std::move(address)),
      reuse_port_(reuse_port),
      accepted_(std::move(accepted)) {}

Listener::~Listener() = default;

core::Status Listener::open(InheritedSockets& inherited) {
  for (const InheritedSockets::Socket& socket : inherited.take(address_)) {
    inherited_ = true;
    sockets_.push_back(std::make_shared<Socket>(executor_, socket.family, socket.descriptor));
  }
  if (inherited_) return {};
  return address_.kind == config::ListenAddress::Kind::tcp ? open_tcp() : open_unix();
}

core::Status Listener::listen_on(const Endpoint& endpoint) {
  const int family = endpoint.protocol().family();
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return listen_error(address_, std::strerror(errno));
  const int on = 1;
  if (family != AF_UNIX) (void)::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (family != AF_UNIX && reuse_port_) (void)::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (family == AF_INET6) (void)::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(descriptor, kBacklog) != 0) {
    const std::string why = std::strerror(errno);
    ::close(descriptor);
    return listen_error(address_, why);
  }
  sockets_.push_back(std::make_shared<Socket>(executor_, family, descriptor));
  return {};
}

core::Status Listener::open_tcp() {
  asio::io_context resolving;
  asio::ip::tcp::resolver resolver(resolving);
  std::error_code error;
  const auto flags = asio::ip::tcp::resolver::passive | asio::ip::tcp::resolver::numeric_service;
  const std::string host = address_.host == "*" ? "" : address_.host;
  const auto found = resolver.resolve(host, std::to_string(address_.port), flags, error);
  if (error) return listen_error(address_, error.message());
  for (const auto& entry : found) {
    if (auto listening = listen_on(entry.endpoint()); !listening) return listening;
  }
  return {};
}

core::Status Listener::open_unix() {
  unix_path_ = address_.socket_path();
  sockaddr_storage probe{};
  if (unix_path_.size() >= sizeof probe - sizeof(sa_family_t) || unix_path_.size() > 107) {
    return listen_error(address_, "the path is too long for a Unix socket");
  }
  const Endpoint endpoint{asio::local::stream_protocol::endpoint(unix_path_)};
  if (somebody_listens(endpoint)) return listen_error(address_, "another process listens there");
  ::unlink(unix_path_.c_str());
  if (auto listening = listen_on(endpoint); !listening) return listening;
  // As PostgreSQL's default unix_socket_permissions: who may log in is for the authentication to say.
  ::chmod(unix_path_.c_str(), 0777);
  return {};
}

void Listener::start(net::TaskGroup& tasks) {
  for (const auto& socket : sockets_) tasks.spawn(accept_all(socket, accepted_));
}

net::Task<void> Listener::accept_all(std::shared_ptr<Socket> socket, const Accepted& accepted) {
  auto& acceptor = socket->acceptor();
  for (;;) {
    std::error_code error;
    co_await acceptor.async_wait(asio::socket_base::wait_read, net::use_task(error));
    if (error || !acceptor.is_open()) co_return;
    for (;;) {
      const int client = ::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (client >= 0) {
        accepted(client, socket->family());
        continue;
      }
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) break;
      // Out of descriptors or memory: clients wait in the backlog until some are free again.
      core::log().error("could not accept a connection: {}", std::strerror(errno));
      net::Timer pause(acceptor.get_executor(), std::chrono::milliseconds(200));
      std::error_code ignored;
      co_await pause.async_wait(net::use_task(ignored));
      break;
    }
  }
}

void Listener::accept_waiting(Socket& socket) const {
  for (;;) {
    const int client = ::accept4(socket.acceptor().native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    accepted_(client, socket.family());
  }
}

void Listener::stop() {
  std::error_code ignored;
  for (const auto& socket : sockets_) {
    // Closing would reset those who are in the backlog.
    if (!inherited_) accept_waiting(*socket);
    socket->acceptor().close(ignored);
  }
  if (!unix_path_.empty() && !sockets_.empty()) ::unlink(unix_path_.c_str());
  sockets_.clear();
}

}  // namespace sqlproxy::frontend
