#include "net/connect.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <vector>

namespace sqlproxy::net {
namespace {

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
using Endpoint = asio::generic::stream_protocol::endpoint;

core::Error connect_error(const std::string& why) {
  return core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure,
                          "could not connect to server: " + why);
}

core::Error timeout_error() {
  return core::make_error(core::ErrorCode::timeout, core::sqlstate::kConnectionFailure,
                          "could not connect to server: timeout expired");
}

Task<std::vector<Endpoint>> resolve(Resolver& resolver, const std::string& host, std::uint16_t port,
                                    std::error_code& error) {
  std::vector<Endpoint> endpoints;
  if (host.starts_with('/')) {
    endpoints.emplace_back(asio::local::stream_protocol::endpoint(host + "/.s.PGSQL." + std::to_string(port)));
    co_return endpoints;
  }
  const auto found =
      co_await resolver.async_resolve(host, std::to_string(port), Resolver::numeric_service, use_task(error));
  for (const auto& entry : found) endpoints.emplace_back(entry.endpoint());
  co_return endpoints;
}

}  // namespace

void set_socket_options(Stream::Socket& socket) {
  std::error_code ignored;
  if (socket.local_endpoint(ignored).protocol().family() == AF_UNIX) return;
  const auto set = [&](int level, int name, int value) {
    // An option that the system refuses costs latency or detection time, not correctness.
    (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 15);
  set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

Task<core::Result<Stream>> connect(DeadlineQueue& deadlines, const std::string& host, std::uint16_t port,
                                   std::chrono::milliseconds timeout) {
  const Executor executor = co_await asio::this_coro::executor;
  Resolver resolver(executor);
  Stream::Socket socket(executor);
  bool expired = false;
  Deadline deadline(deadlines, [&] {
    expired = true;
    resolver.cancel();
    std::error_code ignored;
    socket.cancel(ignored);
  });
  deadline.arm(timeout);

  std::error_code error;
  const std::vector<Endpoint> endpoints = co_await resolve(resolver, host, port, error);
  if (expired) co_return timeout_error();
  if (error) co_return connect_error(error.message());
  for (const Endpoint& endpoint : endpoints) {
    socket = Stream::Socket(executor);
    error.clear();
    co_await socket.async_connect(endpoint, use_task(error));
    if (expired) co_return timeout_error();
    if (!error) break;
  }
  if (error || endpoints.empty()) co_return connect_error(error ? error.message() : "no address");
  set_socket_options(socket);
  co_return Stream(std::move(socket));
}

}  // namespace sqlproxy::net
