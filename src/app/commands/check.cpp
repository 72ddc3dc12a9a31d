#include "app/commands/check.hpp"

#include <algorithm>

#include "app/exit_code.hpp"
#include "config/load.hpp"
#include "core/log.hpp"

namespace sqlproxy::app {

namespace {

std::string_view mode_name(config::ClientTlsMode mode) {
  switch (mode) {
    case config::ClientTlsMode::disable: return "disable";
    case config::ClientTlsMode::prefer: return "prefer";
    case config::ClientTlsMode::require: return "require";
    case config::ClientTlsMode::verify_full: return "verify-full";
  }
  return "";
}

void print_listeners(const config::Server& server, std::ostream& out) {
  out << "  listeners: ";
  for (const char* separator = ""; const auto& address : server.listen) {
    out << separator << address.text();
    separator = ", ";
  }
  out << " (TLS: " << mode_name(server.tls.mode) << ")\n";
}

void print_databases(const config::Config& config, std::ostream& out) {
  out << "  databases: " << config.databases.size();
  for (const char* separator = " ("; const auto& [name, database] : config.databases) {
    out << separator << core::log_safe(name);
    separator = ", ";
  }
  out << (config.databases.empty() ? "\n" : ")\n");
}

void print_rules(const config::Config& config, std::ostream& out) {
  const auto allowing = std::ranges::count(config.policies, config::PolicyAction::allow, &config::PolicyRule::action);
  const auto blocking = std::ranges::count(config.policies, config::PolicyAction::block, &config::PolicyRule::action);
  const bool allows_rest = config.policy.default_action == config::PolicyAction::allow;
  out << "  rules: " << allowing << " allow, " << blocking << " block; what no rule matches is "
      << (allows_rest ? "allowed" : "blocked") << '\n';
}

}  // namespace

int check(const std::string& config_path, std::ostream& out, std::ostream& err) {
  const config::LoadResult result = config::load_config(config_path);
  for (const config::Fault& fault : result.faults) err << fault.text() << '\n';
  for (config::Fault warning : result.warnings) {
    warning.message.insert(0, "warning: ");
    err << warning.text() << '\n';
  }
  if (!result.config) return kExitFault;

  out << config_path << ": sound\n";
  print_listeners(result.config->server, out);
  print_databases(*result.config, out);
  out << "  users: " << result.config->users.size() << '\n';
  print_rules(*result.config, out);
  out << "  warnings: " << result.warnings.size() << '\n';
  return kExitOk;
}

}  // namespace sqlproxy::app
