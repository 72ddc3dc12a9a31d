#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/listen_address.hpp"
#include "core/secret.hpp"

namespace sqlproxy::config {

// [admin]
struct Admin {
  // Not set: there is no HTTP server.
  std::optional<ListenAddress> listen;
  // PEM files; both or neither. Neither: HTTP without TLS.
  std::filesystem::path tls_cert;
  std::filesystem::path tls_key;
  // Bearer token; without one only /health, /ready and /metrics answer.
  std::optional<core::Secret> token;
  // Who may connect to the virtual database `sqlproxy`.
  std::vector<std::string> console_users;
};

}  // namespace sqlproxy::config
