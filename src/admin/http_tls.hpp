#pragma once

#include <optional>
#include <string>

#include "config/admin.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

namespace sqlproxy::admin {

// What the HTTP server shows to its clients, in PEM.
struct HttpTls {
  std::string certificate;
  core::Secret key;

  [[nodiscard]] bool same_as(const HttpTls& other) const {
    return certificate == other.certificate && key.reveal() == other.key.reveal();
  }
};

// Reads the files of [admin]; none without any. Fails when they cannot be read or are no certificate with its key.
[[nodiscard]] core::Result<std::optional<HttpTls>> load_http_tls(const config::Admin& admin);

}  // namespace sqlproxy::admin
