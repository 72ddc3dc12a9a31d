#include "admin/http_tls.hpp"

#include <fstream>
#include <iterator>
#include <utility>

#include "net/tls_context.hpp"

namespace sqlproxy::admin {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

core::Result<std::optional<HttpTls>> load_http_tls(const config::Admin& admin) {
  if (admin.tls_cert.empty()) return std::optional<HttpTls>();
  net::TlsServerOptions options;
  options.certificate = admin.tls_cert;
  options.key = admin.tls_key;
  // Says what is wrong with them, which the HTTP library does not.
  if (auto checked = net::TlsServerContext::create(options); !checked) return std::move(checked).error();
  return std::optional<HttpTls>(HttpTls{contents(admin.tls_cert), core::Secret(contents(admin.tls_key))});
}

}  // namespace sqlproxy::admin
