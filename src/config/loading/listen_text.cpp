#include "config/loading/listen_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace sqlproxy::config::loading {

namespace {

constexpr std::string_view kUnixPrefix = "unix:";
// What sockaddr_un::sun_path holds beside its zero byte (unix(7)).
constexpr std::size_t kMaxSocketPath = 107;

core::Error fault(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidParameterValue, std::move(message));
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end || port == 0) return std::nullopt;
  return port;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

// "1.2.3.400" is meant as an address and is none; a host's name has a letter in its last label.
bool is_broken_ipv4(const std::string& text) {
  if (text.find_first_not_of("0123456789.") != std::string::npos) return false;
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) != 1;
}

core::Result<ListenAddress> unix_address(std::string_view where, std::uint16_t port,
                                         const std::filesystem::path& directory) {
  if (where.empty()) return fault("names no directory for its socket");
  ListenAddress address;
  address.kind = ListenAddress::Kind::unix_socket;
  address.directory = (directory / where).lexically_normal().string();
  address.port = port;
  if (address.socket_path().size() > kMaxSocketPath) {
    return fault("has a socket path longer than " + std::to_string(kMaxSocketPath) + " bytes");
  }
  return address;
}

core::Result<ListenAddress> tcp_address(std::string_view host, std::uint16_t port) {
  ListenAddress address;
  address.port = port;
  if (host.starts_with('[') && host.ends_with(']')) {
    address.host = host.substr(1, host.size() - 2);
    if (!is_ipv6(address.host)) return fault("has no IPv6 address in its brackets");
    return address;
  }
  address.host = host;
  if (host == "*") return address;
  if (is_ipv6(address.host)) return fault("must have its IPv6 address in brackets, as in \"[::1]:6432\"");
  if (!is_host_name(host) || is_broken_ipv4(address.host)) return fault("has no valid host before its port");
  return address;
}

}  // namespace

core::Result<ListenAddress> parse_listen(std::string_view text, const std::filesystem::path& directory) {
  const std::size_t colon = text.rfind(':');
  const bool is_unix = text.starts_with(kUnixPrefix);
  if (colon == std::string_view::npos || (is_unix && colon < kUnixPrefix.size())) {
    return fault("must be \"host:port\", \"[v6]:port\" or \"unix:/directory:port\"");
  }
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return fault("must end with a port from 1 to 65535");
  const std::string_view where = text.substr(0, colon);
  if (is_unix) return unix_address(where.substr(kUnixPrefix.size()), *port, directory);
  return tcp_address(where, *port);
}

}  // namespace sqlproxy::config::loading
