#pragma once

#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::net {

struct TlsServerOptions {
  std::filesystem::path certificate;
  std::filesystem::path key;
  // Certificates that client certificates may descend from; empty: none is asked for.
  std::filesystem::path client_ca;
  // The handshake fails without a client certificate that verifies.
  bool require_client_certificate = false;
  std::string min_version = "1.2";  // "1.2" or "1.3"
};

// What the proxy shows to clients: certificate, key, versions. Immutable; one per configuration generation, shared by
// all workers; a connection keeps the one that it began with.
class TlsServerContext {
 public:
  [[nodiscard]] static core::Result<std::shared_ptr<const TlsServerContext>> create(const TlsServerOptions& options);

  [[nodiscard]] SSL_CTX* native() const { return context_.get(); }

 private:
  explicit TlsServerContext(std::shared_ptr<SSL_CTX> context) : context_(std::move(context)) {}

  std::shared_ptr<SSL_CTX> context_;
};

enum class TlsVerification { none, ca, full };

struct TlsClientOptions {
  TlsVerification verification = TlsVerification::none;
  // Certificates to trust; empty: the system's.
  std::filesystem::path ca;
};

// How the proxy speaks TLS to servers. Immutable and shared, as TlsServerContext.
class TlsClientContext {
 public:
  [[nodiscard]] static core::Result<std::shared_ptr<const TlsClientContext>> create(const TlsClientOptions& options);

  [[nodiscard]] SSL_CTX* native() const { return context_.get(); }
  [[nodiscard]] TlsVerification verification() const { return verification_; }

 private:
  TlsClientContext(std::shared_ptr<SSL_CTX> context, TlsVerification verification)
      : context_(std::move(context)), verification_(verification) {}

  std::shared_ptr<SSL_CTX> context_;
  TlsVerification verification_;
};

enum class CertificateSide { ours, peers };

// The "tls-server-end-point" channel binding data of a connection (RFC 5929, section 4): the hash of the server's
// certificate under its signature's digest, SHA-256 in place of MD5 and SHA-1. `side` is the side that is the server.
// nullopt when the certificate's algorithm has no digest (Ed25519, Ed448): SCRAM-SHA-256-PLUS cannot be offered then.
[[nodiscard]] std::optional<std::string> tls_server_end_point(SSL* ssl, CertificateSide side);

// The common name of the verified client certificate; nullopt when there is none, when it did not verify, or when the
// name holds a zero byte.
[[nodiscard]] std::optional<std::string> verified_client_common_name(SSL* ssl);

// "TLSv1.3" and the like.
[[nodiscard]] std::string tls_version_name(SSL* ssl);

// True when ALPN selected "postgresql" on this connection.
[[nodiscard]] bool alpn_selected_postgresql(SSL* ssl);

// The text of OpenSSL's newest queued error; empties the queue.
[[nodiscard]] std::string last_tls_error();

}  // namespace sqlproxy::net
