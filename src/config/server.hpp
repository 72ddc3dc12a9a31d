#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "config/listen_address.hpp"

namespace sqlproxy::config {

enum class ClientTlsMode {
  disable,
  prefer,       // offered, not demanded
  require,      // a client without TLS is refused
  verify_full,  // TLS, and a client certificate that client_ca has signed
};

enum class TlsVersion { v1_2, v1_3 };

// [server.tls]: TLS towards clients. Paths are absolute or relative to the working directory, and were readable when
// the file was loaded.
struct ServerTls {
  ClientTlsMode mode = ClientTlsMode::disable;
  std::filesystem::path cert;
  std::filesystem::path key;
  // Empty: client certificates are not asked for.
  std::filesystem::path client_ca;
  TlsVersion min_version = TlsVersion::v1_2;

  friend bool operator==(const ServerTls&, const ServerTls&) = default;
};

// [server]
struct Server {
  // Never empty.
  std::vector<ListenAddress> listen;
  // Another process may listen on the same addresses, and takes over from this one.
  bool so_reuseport = false;
  // 0: one per core.
  std::size_t threads = 0;
  std::size_t max_clients = 10000;
  // Of these, at most so many of one user, and from one address (of IPv6: from one /64 network).
  std::optional<std::size_t> max_clients_per_user;
  std::optional<std::size_t> max_clients_per_address;
  // Bytes of SQL in one message.
  std::size_t max_query_size = std::size_t{1} << 20;
  std::chrono::milliseconds login_timeout{15000};
  // 0: none.
  std::chrono::milliseconds client_idle_timeout{0};
  // How long a client may not read while something waits for it; 0: for ever.
  std::chrono::milliseconds client_write_timeout{600000};
  std::chrono::milliseconds drain_timeout{30000};
  ServerTls tls;

  friend bool operator==(const Server&, const Server&) = default;
};

}  // namespace sqlproxy::config
