#include "frontend/auth_rules.hpp"

#include <algorithm>

namespace sqlproxy::frontend {
namespace {

bool names(const std::vector<std::string>& list, std::string_view name) {
  return std::ranges::any_of(list, [&](const std::string& entry) { return entry == "*" || entry == name; });
}

bool matches_type(config::AuthRuleType type, const ConnectionOrigin& origin) {
  switch (type) {
    case config::AuthRuleType::local: return origin.unix_socket;
    case config::AuthRuleType::host: return !origin.unix_socket;
    case config::AuthRuleType::hostssl: return !origin.unix_socket && origin.tls;
    case config::AuthRuleType::hostnossl: return !origin.unix_socket && !origin.tls;
  }
  return false;
}

bool matches(const config::AuthRule& rule, const ConnectionOrigin& origin) {
  if (!matches_type(rule.type, origin)) return false;
  if (!names(rule.users, origin.user) || !names(rule.databases, origin.database)) return false;
  if (origin.unix_socket) return true;
  return std::ranges::any_of(rule.addresses, [&](const auto& range) { return range.contains(origin.address); });
}

}  // namespace

std::optional<config::AuthMethod> choose_auth_method(const config::Auth& auth, const ConnectionOrigin& origin) {
  if (auth.rules.empty()) return auth.method;
  const auto rule = std::ranges::find_if(auth.rules, [&](const auto& r) { return matches(r, origin); });
  if (rule == auth.rules.end()) return std::nullopt;
  return rule->method;
}

}  // namespace sqlproxy::frontend
