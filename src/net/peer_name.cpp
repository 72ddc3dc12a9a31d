#include "net/peer_name.hpp"

#include <sys/socket.h>

#include <cstring>

namespace sqlproxy::net {
namespace {

PeerName name_of(const asio::generic::stream_protocol::endpoint& endpoint) {
  if (endpoint.protocol().family() == AF_UNIX) return {"unix", 0};
  asio::ip::tcp::endpoint tcp;
  if (endpoint.size() > tcp.capacity()) return {};
  tcp.resize(endpoint.size());
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  return {tcp.address().to_string(), tcp.port()};
}

}  // namespace

PeerName remote_name(const Stream::Socket& socket) {
  std::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  return error ? PeerName{} : name_of(endpoint);
}

PeerName local_name(const Stream::Socket& socket) {
  std::error_code error;
  const auto endpoint = socket.local_endpoint(error);
  return error ? PeerName{} : name_of(endpoint);
}

}  // namespace sqlproxy::net
