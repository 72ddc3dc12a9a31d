#include "config/listen_address.hpp"

namespace sqlproxy::config {

std::string ListenAddress::socket_path() const {
  return directory + "/.s.PGSQL." + std::to_string(port);
}

std::string ListenAddress::text() const {
  const std::string suffix = ':' + std::to_string(port);
  if (kind == Kind::unix_socket) return "unix:" + directory + suffix;
  return host.find(':') == std::string::npos ? host + suffix : '[' + host + ']' + suffix;
}

}  // namespace sqlproxy::config
