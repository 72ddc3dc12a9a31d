#include "frontend/inherited_sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/asio.hpp"

namespace sqlproxy::frontend {
namespace {

bool is_wildcard(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

// The addresses in digits that a configured host stands for; empty for one that cannot be resolved.
std::vector<std::string> numeric_hosts(const std::string& host) {
  if (host == "*") return {"0.0.0.0", "::"};
  asio::io_context resolving;
  asio::ip::tcp::resolver resolver(resolving);
  std::error_code error;
  std::vector<std::string> hosts;
  for (const auto& entry : resolver.resolve(host, "", asio::ip::tcp::resolver::passive, error)) {
    hosts.push_back(entry.endpoint().address().to_string());
  }
  return hosts;
}

}  // namespace

InheritedSockets::InheritedSockets(const std::vector<int>& descriptors) {
  for (const int descriptor : descriptors) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const address = reinterpret_cast<sockaddr*>(&storage);
    Known known;
    if (::getsockname(descriptor, address, &size) == 0) {
      known.socket = {descriptor, storage.ss_family};
      std::array<char, INET6_ADDRSTRLEN> text{};
      if (storage.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        known.host = ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
        known.port = ntohs(v4->sin_port);
      } else if (storage.ss_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        known.host = ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
        known.port = ntohs(v6->sin6_port);
      } else if (storage.ss_family == AF_UNIX) {
        known.host = reinterpret_cast<const sockaddr_un*>(address)->sun_path;
      }
    }
    known.socket.descriptor = descriptor;
    sockets_.push_back(std::move(known));
  }
}

InheritedSockets::~InheritedSockets() {
  for (const Known& known : sockets_) ::close(known.socket.descriptor);
}

std::vector<InheritedSockets::Socket> InheritedSockets::take(const config::ListenAddress& address) {
  std::vector<Socket> taken;
  if (sockets_.empty()) return taken;
  const bool unix_socket = address.kind == config::ListenAddress::Kind::unix_socket;
  const std::vector<std::string> hosts = unix_socket ? std::vector{address.socket_path()} : numeric_hosts(address.host);
  std::erase_if(sockets_, [&](const Known& known) {
    const bool same_port = unix_socket ? known.port == -1 : known.port == address.port;
    const bool fits = same_port && (is_wildcard(known.host) || std::ranges::find(hosts, known.host) != hosts.end());
    if (fits) taken.push_back(known.socket);
    return fits;
  });
  return taken;
}

std::vector<std::string> InheritedSockets::left() const {
  std::vector<std::string> addresses;
  for (const Known& known : sockets_) {
    addresses.push_back(known.port == -1 ? known.host : known.host + ':' + std::to_string(known.port));
  }
  return addresses;
}

}  // namespace sqlproxy::frontend
