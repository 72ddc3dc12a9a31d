#include "config/loading/breaker_table.hpp"
#include "config/loading/limit_table.hpp"
#include "config/loading/sections.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr std::size_t kMaxPoolSize = 100'000;
constexpr std::size_t kMaxClients = 1'000'000;

void load_count(TableReader& table, std::string_view key, std::size_t max, std::optional<std::size_t>& out) {
  std::size_t value = 0;
  if (table.count(key, value, 1, max)) out = value;
}

Tenant load_tenant(TableReader& table, LoadContext& context) {
  Tenant tenant;
  load_count(table, "pool_size", kMaxPoolSize, tenant.pool_size);
  load_count(table, "max_clients", kMaxClients, tenant.max_clients);
  if (const auto names = table.located_texts("databases", Emptiness::refused)) {
    for (const LocatedText& name : *names) {
      tenant.databases.emplace_back(name.text());
      context.references.push_back(
          {Reference::Target::database, tenant.databases.back(), name.place(), Severity::fault, table.name()});
    }
  }
  load_limit(table, "limit", tenant.limit);
  load_breaker(table, tenant.breaker);
  table.finish();
  return tenant;
}

LimitOverride load_override(TableReader& table, LoadContext& context) {
  LimitOverride entry;
  using Of = LimitOverride::Of;
  using Target = Reference::Target;
  int subjects = 0;
  const auto load_subject = [&](std::string_view key, Of of, Target target) {
    if (!table.has(key)) return;
    ++subjects;
    entry.of = of;
    if (!table.text(key, entry.name)) return;
    context.references.push_back({target, entry.name, table.place(key), Severity::warning, "the override"});
  };
  load_subject("user", Of::user, Target::user);
  load_subject("role", Of::role, Target::role);
  load_subject("tenant", Of::tenant, Target::tenant);
  if (subjects != 1) table.fault(table.place(), table.name() + R"( needs one of "user", "role" and "tenant")");
  load_rate_and_burst(table, entry.limit);
  table.finish();
  return entry;
}

}  // namespace

void load_tenants(TableReader& root, LoadContext& context) {
  auto table = root.table("tenants");
  if (!table) return;
  for (auto& [key, entry] : table->named_tables()) {
    context.config.tenants.emplace(std::string(key->str()), load_tenant(entry, context));
  }
}

void load_limits(TableReader& root, LoadContext& context) {
  auto table = root.table("limits");
  if (!table) return;
  Limits& limits = context.config.limits;
  load_limit(*table, "global", limits.global);
  load_limit(*table, "per_user", limits.per_user);
  load_limit(*table, "per_database", limits.per_database);
  load_limit(*table, "per_user_database", limits.per_user_database);
  load_limit(*table, "logins_per_address", limits.logins_per_address);
  for (TableReader& entry : table->tables("override")) limits.overrides.push_back(load_override(entry, context));
  table->finish();
}

}  // namespace sqlproxy::config::loading
