#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/server_credentials.hpp"
#include "net/tls_context.hpp"

namespace sqlproxy::backend {

enum class ServerTls { disable, prefer, require };

// Where a server is and as whom to log in to it. Immutable; shared by the connections of one pool, so that a reload can
// change the configuration under them.
struct ServerTarget {
  std::string host;
  std::uint16_t port = 5432;
  std::string dbname;
  std::string user;
  ServerCredentials credentials;
  ServerTls tls = ServerTls::prefer;
  // Set unless `tls` is disable; says whether and how the certificate is verified.
  std::shared_ptr<const net::TlsClientContext> tls_context;

  // A connection made for one may serve those who ask for the other.
  friend bool operator==(const ServerTarget& a, const ServerTarget& b) {
    return a.host == b.host && a.port == b.port && a.dbname == b.dbname && a.user == b.user && a.tls == b.tls &&
           a.tls_context == b.tls_context && same_credentials(a.credentials, b.credentials);
  }
};

// A setting that a server connection is opened with, or a value that the server reports.
struct Setting {
  std::string name;
  std::string value;

  friend bool operator==(const Setting&, const Setting&) = default;
};
using Settings = std::vector<Setting>;

// The start-up parameters of a server connection apart from user and database: what RESET returns to. Connections are
// interchangeable only when these are equal.
struct StartupSettings {
  std::string options;
  Settings parameters;

  friend bool operator==(const StartupSettings&, const StartupSettings&) = default;
};

}  // namespace sqlproxy::backend
