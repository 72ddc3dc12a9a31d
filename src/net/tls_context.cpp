#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstring>

namespace sqlproxy::net {
namespace {

// ALPN's wire form: length, name. Registered with IANA for PostgreSQL.
constexpr std::array<unsigned char, 11> kAlpn{10, 'p', 'o', 's', 't', 'g', 'r', 'e', 's', 'q', 'l'};

core::Error tls_error(const std::string& what) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInternalError,
                          what + ": " + last_tls_error());
}

std::shared_ptr<SSL_CTX> make_context(const SSL_METHOD* method) {
  return {SSL_CTX_new(method), [](SSL_CTX* context) { SSL_CTX_free(context); }};
}

// A client that offers ALPN must offer PostgreSQL's name, on direct and on negotiated TLS alike (protocol.md, 1.3.1).
int select_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned in_size, void* /*argument*/) {
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_size, kAlpn.data(), kAlpn.size(), in, in_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

// As PostgreSQL sets its own contexts: no renegotiation, compression, tickets or session cache (protocol.md, 1.2.6).
void harden(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

core::Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(const TlsServerOptions& options) {
  ERR_clear_error();
  auto context = make_context(TLS_server_method());
  if (!context) return tls_error("could not create a TLS context");
  harden(context.get());
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (options.min_version == "1.3") SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_alpn_select_cb(context.get(), select_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), options.certificate.c_str()) != 1) {
    return tls_error("could not load the TLS certificate \"" + options.certificate.string() + "\"");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), options.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return tls_error("could not load the TLS key \"" + options.key.string() + "\"");
  }
  if (!options.client_ca.empty()) {
    if (SSL_CTX_load_verify_locations(context.get(), options.client_ca.c_str(), nullptr) != 1) {
      return tls_error("could not load the client CA \"" + options.client_ca.string() + "\"");
    }
    SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(options.client_ca.c_str()));
    const int demand = options.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | demand, nullptr);
  }
  return std::shared_ptr<const TlsServerContext>(new TlsServerContext(std::move(context)));
}

core::Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::create(const TlsClientOptions& options) {
  ERR_clear_error();
  auto context = make_context(TLS_client_method());
  if (!context) return tls_error("could not create a TLS context");
  harden(context.get());
  if (options.verification != TlsVerification::none) {
    const int loaded = options.ca.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                          : SSL_CTX_load_verify_locations(context.get(), options.ca.c_str(), nullptr);
    if (loaded != 1) return tls_error("could not load the CA certificates \"" + options.ca.string() + "\"");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  }
  return std::shared_ptr<const TlsClientContext>(new TlsClientContext(std::move(context), options.verification));
}

std::optional<std::string> tls_server_end_point(SSL* ssl, CertificateSide side) {
  X509* certificate = side == CertificateSide::ours ? SSL_get_certificate(ssl) : SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return std::nullopt;
  int digest_nid = NID_undef;
  // Not OBJ_find_sigid_algs: that knows no digest for RSA-PSS.
  if (X509_get_signature_info(certificate, &digest_nid, nullptr, nullptr, nullptr) != 1 || digest_nid == NID_undef) {
    ERR_clear_error();
    return std::nullopt;
  }
  if (digest_nid == NID_md5 || digest_nid == NID_sha1) digest_nid = NID_sha256;
  const EVP_MD* digest = EVP_get_digestbynid(digest_nid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (digest == nullptr || X509_digest(certificate, digest, hash.data(), &size) != 1) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(hash.data()), size);
}

std::optional<std::string> verified_client_common_name(SSL* ssl) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return std::nullopt;
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index < 0) return std::nullopt;
  ASN1_STRING* value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  if (size < 0) return std::nullopt;
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  // A zero byte would make C code elsewhere see another name than this one.
  if (name.find('\0') != std::string::npos) return std::nullopt;
  return name;
}

std::string tls_version_name(SSL* ssl) {
  return SSL_get_version(ssl);
}

bool alpn_selected_postgresql(SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return size == kAlpn.size() - 1 && std::memcmp(name, kAlpn.data() + 1, size) == 0;
}

std::string last_tls_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "no further details";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "TLS error " + std::to_string(code);
}

}  // namespace sqlproxy::net
