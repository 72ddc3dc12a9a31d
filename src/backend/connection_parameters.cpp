#include "backend/connection_parameters.hpp"

#include <variant>

namespace sqlproxy::backend {
namespace {

const char* sslmode_of(const ServerTarget& target) {
  if (target.tls == ServerTls::disable) return "disable";
  if (target.tls == ServerTls::prefer) return "prefer";
  switch (target.tls_context->verification()) {
    case net::TlsVerification::none: return "require";
    case net::TlsVerification::ca: return "verify-ca";
    case net::TlsVerification::full: return "verify-full";
  }
  return "verify-full";
}

}  // namespace

ConnectionParameters connection_parameters(const ServerTarget& target, const std::string& ca_file,
                                           const std::string& application_name) {
  ConnectionParameters parameters{
      {"host", target.host},
      {"port", std::to_string(target.port)},
      {"dbname", target.dbname},
      {"user", target.user},
      {"password", std::string(std::get<core::Secret>(target.credentials).reveal())},
      {"sslmode", sslmode_of(target)},
      {"gssencmode", "disable"},
      {"application_name", application_name},
      {"connect_timeout", "10"},
  };
  if (!ca_file.empty()) parameters.emplace_back("sslrootcert", ca_file);
  return parameters;
}

}  // namespace sqlproxy::backend
