#include "config/reload.hpp"

namespace sqlproxy::config {

std::vector<std::string> restart_needed(const Config& running, const Config& loaded) {
  std::vector<std::string> keys;
  if (running.server.listen != loaded.server.listen) keys.emplace_back("server.listen");
  if (running.server.so_reuseport != loaded.server.so_reuseport) keys.emplace_back("server.so_reuseport");
  if (running.server.threads != loaded.server.threads) keys.emplace_back("server.threads");
  if (running.admin.listen != loaded.admin.listen) keys.emplace_back("admin.listen");
  if (running.admin.tls_cert.empty() != loaded.admin.tls_cert.empty()) keys.emplace_back("admin.tls_cert");
  return keys;
}

}  // namespace sqlproxy::config
