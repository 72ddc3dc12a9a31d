#include "config/loading/auth_methods.hpp"
#include "config/loading/jwt_table.hpp"
#include "config/loading/sections.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr Choice<AuthRuleType> kAuthRuleTypes[] = {
    {"host", AuthRuleType::host},
    {"hostssl", AuthRuleType::hostssl},
    {"hostnossl", AuthRuleType::hostnossl},
    {"local", AuthRuleType::local},
};

std::vector<AddressRange> every_address() {
  std::vector<AddressRange> ranges;
  for (const std::string_view text : {"0.0.0.0/0", "::/0"}) ranges.push_back(*AddressRange::parse(text));
  return ranges;
}

void load_addresses(TableReader& table, AuthRule& rule) {
  const auto texts = table.located_texts("addresses", Emptiness::refused);
  if (rule.type == AuthRuleType::local) {
    if (texts) table.fault(table.place("addresses"), R"(a rule of type "local" takes no addresses)");
    return;
  }
  if (!texts) {
    rule.addresses = every_address();
    return;
  }
  for (const LocatedText& text : *texts) {
    if (const auto range = AddressRange::parse(text.text())) {
      rule.addresses.push_back(*range);
    } else {
      table.fault(text.place(), text.shown() + " is not an address range like \"10.0.0.0/8\" or \"::1/128\"");
    }
  }
}

// The names of `key`, "*" when it is absent, each to be looked up later.
std::vector<std::string> load_names(TableReader& table, std::string_view key, Reference::Target target,
                                    LoadContext& context) {
  std::vector<std::string> names{"*"};
  const auto texts = table.located_texts(key, Emptiness::refused);
  if (!texts) return names;
  names.clear();
  for (const LocatedText& text : *texts) {
    names.emplace_back(text.text());
    context.references.push_back({target, names.back(), text.place(), Severity::warning, "the rule"});
  }
  return names;
}

AuthRule load_rule(TableReader& table, LoadContext& context) {
  AuthRule rule;
  rule.line = table.place().line;
  table.choice<AuthRuleType>("type", rule.type, kAuthRuleTypes);
  rule.users = load_names(table, "users", Reference::Target::user, context);
  rule.databases = load_names(table, "databases", Reference::Target::database, context);
  load_addresses(table, rule);
  table.choice<AuthMethod>("method", rule.method, kAuthMethods);
  for (const char* const key : {"type", "method"}) {
    if (!table.has(key)) table.fault(table.place(), table.name() + " lacks " + in_quotes(key));
  }
  table.finish();
  return rule;
}

}  // namespace

void load_auth(TableReader& root, LoadContext& context) {
  auto table = root.table("auth");
  if (!table) return;
  Auth& auth = context.config.auth;
  table->choice<AuthMethod>("method", auth.method, kAuthMethods);
  for (TableReader& rule : table->tables("rules")) auth.rules.push_back(load_rule(rule, context));
  load_jwt(*table, auth.jwt);
  table->finish();
}

}  // namespace sqlproxy::config::loading
