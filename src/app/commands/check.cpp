#include "app/commands/check.hpp"

#include <algorithm>
#include <vector>

#include "app/commands/live_check.hpp"
#include "app/exit_code.hpp"
#include "config/load.hpp"
#include "core/log.hpp"
#include "identity/token_verifier.hpp"

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

void print_faults(const std::vector<config::Fault>& faults, std::ostream& err) {
  for (const config::Fault& fault : faults) err << fault.text() << '\n';
}

void print_warnings(std::vector<config::Fault> warnings, std::ostream& err) {
  for (config::Fault& warning : warnings) warning.message.insert(0, "warning: ");
  print_faults(warnings, err);
}

// What is wrong with the keys that tokens are checked with.
std::vector<config::Fault> faults_in_keys(const config::Auth& auth, const std::string& config_path) {
  if (!auth.jwt) return {};
  const auto tokens = identity::TokenVerifier::create(*auth.jwt);
  if (tokens) return {};
  return {{config_path, auth.jwt->line, 1, tokens.error().message}};
}

}  // namespace

int check(const std::string& config_path, CheckDepth depth, std::ostream& out, std::ostream& err) {
  const config::LoadResult result = config::load_config(config_path);
  print_faults(result.faults, err);
  print_faults(result.dead_rules, err);
  print_warnings(result.warnings, err);
  if (!result.config || !result.dead_rules.empty()) return kExitFault;
  if (const auto faults = faults_in_keys(result.config->auth, config_path); !faults.empty()) {
    print_faults(faults, err);
    return kExitFault;
  }
  std::size_t warnings = result.warnings.size();
  if (depth == CheckDepth::live) {
    const LiveFindings findings = check_live(*result.config, config_path);
    print_faults(findings.faults, err);
    print_warnings(findings.warnings, err);
    for (const std::string& line : findings.unreadable) err << config_path << ": " << line << '\n';
    if (!findings.faults.empty()) return kExitFault;
    if (!findings.unreadable.empty()) return kExitRuntime;
    warnings += findings.warnings.size();
  }

  out << config_path << ": sound\n";
  print_listeners(result.config->server, out);
  print_databases(*result.config, out);
  out << "  users: " << result.config->users.size() << '\n';
  print_rules(*result.config, out);
  out << "  warnings: " << warnings << '\n';
  return kExitOk;
}

}  // namespace sqlproxy::app
