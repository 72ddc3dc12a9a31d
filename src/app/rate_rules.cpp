#include "app/rate_rules.hpp"

namespace sqlproxy::app {
namespace {

pipeline::RateLimit rate_limit(const config::Limit& limit) {
  return {limit.rate, limit.burst};
}

std::optional<pipeline::RateLimit> rate_limit(const std::optional<config::Limit>& limit) {
  return limit ? std::optional(rate_limit(*limit)) : std::nullopt;
}

pipeline::RateOverride::Of subject_of(config::LimitOverride::Of of) {
  switch (of) {
    case config::LimitOverride::Of::user: return pipeline::RateOverride::Of::user;
    case config::LimitOverride::Of::role: return pipeline::RateOverride::Of::role;
    case config::LimitOverride::Of::tenant: return pipeline::RateOverride::Of::tenant;
  }
  return pipeline::RateOverride::Of::user;
}

}  // namespace

pipeline::RateRules rate_rules(const config::Config& config) {
  pipeline::RateRules rules;
  rules.global = rate_limit(config.limits.global);
  rules.per_user = rate_limit(config.limits.per_user);
  rules.per_database = rate_limit(config.limits.per_database);
  rules.per_user_database = rate_limit(config.limits.per_user_database);
  rules.logins_per_address = rate_limit(config.limits.logins_per_address);
  for (const config::LimitOverride& entry : config.limits.overrides) {
    rules.overrides.push_back({subject_of(entry.of), entry.name, rate_limit(entry.limit)});
  }
  for (const auto& [name, tenant] : config.tenants) {
    if (tenant.limit) rules.tenants.emplace(name, rate_limit(*tenant.limit));
  }
  return rules;
}

}  // namespace sqlproxy::app
