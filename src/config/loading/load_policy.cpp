#include <algorithm>
#include <map>

#include "config/loading/nearest.hpp"
#include "config/loading/sections.hpp"
#include "core/identifier.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr Choice<PolicyMode> kPolicyModes[] = {{"enforce", PolicyMode::enforce}, {"observe", PolicyMode::observe}};
constexpr Choice<PolicyAction> kPolicyActions[] = {{"block", PolicyAction::block}, {"allow", PolicyAction::allow}};
constexpr Choice<CatalogAccess> kCatalogAccesses[] = {
    {"safe", CatalogAccess::safe}, {"all", CatalogAccess::all}, {"none", CatalogAccess::none}};

constexpr std::string_view kStatementWords[] = {
    "SELECT",    "INSERT", "UPDATE",      "DELETE",  "MERGE", "TRUNCATE", "COPY_TO",
    "COPY_FROM", "LOCK",   "READ",        "EXECUTE", "DDL",   "DCL",      "MAINTENANCE",
    "DO",        "NOTIFY", "SERVER_FILE", "SESSION", "DML",   "WRITE",    "ALL",
};

void load_id(TableReader& table, PolicyRule& rule, std::size_t number) {
  rule.id = "policy-" + std::to_string(number);
  table.text("id", rule.id);
}

void load_subjects(TableReader& table, PolicyRule& rule, LoadContext& context) {
  const auto load = [&](std::string_view key, Reference::Target target, std::vector<std::string>& names) {
    const auto texts = table.located_texts(key, Emptiness::refused);
    if (!texts) return;
    for (const LocatedText& text : *texts) {
      names.emplace_back(text.text());
      context.references.push_back(
          {target, names.back(), text.place(), Severity::warning, "the rule " + in_quotes(rule.id)});
    }
  };
  load("roles", Reference::Target::role, rule.roles);
  load("users", Reference::Target::user, rule.users);
  if (!table.has("roles") && !table.has("users")) {
    table.fault(table.place(), "the rule " + in_quotes(rule.id) +
                                   R"( can never fire: it has neither "roles" nor "users" ("*" is everyone))");
  }
}

// A scope is one name or "*"; PostgreSQL has no longer names, and a '*' within one would be taken for a pattern.
void check_scope_name(const TableReader& table, std::string_view key, std::string_view name, Place place) {
  if (name == "*") return;
  if (name.size() > core::kMaxIdentifierBytes) {
    table.fault(place, in_quotes(key) + " can never match: PostgreSQL's names have at most 63 bytes");
  } else if (name.find('*') != std::string_view::npos) {
    table.fault(place, in_quotes(key) + " must be a name or \"*\"; only \"function\" takes a pattern");
  }
}

void load_scope(TableReader& table, std::string_view key, std::string& name) {
  if (table.text(key, name)) check_scope_name(table, key, name, table.place(key));
}

void load_tables(TableReader& table, PolicyRule& rule) {
  std::string single;
  if (table.text("table", single)) {
    check_scope_name(table, "table", single, table.place("table"));
    rule.tables.push_back(single);
  }
  if (const auto texts = table.located_texts("tables", Emptiness::refused)) {
    for (const LocatedText& text : *texts) {
      check_scope_name(table, "tables", text.text(), text.place());
      if (std::ranges::find(rule.tables, text.text()) != rule.tables.end()) {
        table.fault(text.place(), "the table " + text.shown() + " is listed twice");
      }
      rule.tables.emplace_back(text.text());
    }
  }
  if (table.has("table") && table.has("tables")) {
    table.fault(table.place("tables"), R"(a rule has "table" or "tables", not both)");
  } else if (rule.tables.size() > 1 && std::ranges::find(rule.tables, "*") != rule.tables.end()) {
    table.fault(table.place("tables"), R"("*" in "tables" stands alone)");
  }
}

void load_object(TableReader& table, PolicyRule& rule) {
  load_tables(table, rule);
  std::string function;
  if (table.text("function", function)) rule.function = function;
  table.texts("columns", rule.columns, Emptiness::refused);
  if (table.has("function")) {
    for (const char* const key : {"table", "tables", "columns"}) {
      if (table.has(key)) table.fault(table.place(key), "a rule with \"function\" has no " + in_quotes(key));
    }
  } else if (rule.tables.empty()) {
    rule.tables.emplace_back("*");
  }
}

void load_statements(TableReader& table, PolicyRule& rule) {
  if (!table.has("statements")) rule.statements = StatementSet::all();
  const auto words = table.located_texts("statements", Emptiness::refused);
  if (!words) return;
  for (const LocatedText& word : *words) {
    if (const auto set = StatementSet::from_name(word.text())) {
      rule.statements.add(*set);
    } else {
      table.fault(word.place(), "unknown statement type " + word.shown() + "; did you mean " +
                                    in_quotes(nearest(word.text(), kStatementWords)) + '?');
    }
  }
}

PolicyRule load_rule(TableReader& table, std::size_t number, LoadContext& context) {
  PolicyRule rule;
  rule.line = table.place().line;
  rule.column = table.place().column;
  load_id(table, rule, number);
  load_subjects(table, rule, context);
  load_scope(table, "database", rule.database);
  if (table.has("database")) {
    context.references.push_back({Reference::Target::database, rule.database, table.place("database"), Severity::fault,
                                  "the rule " + in_quotes(rule.id) + " can never fire: it"});
  }
  load_scope(table, "schema", rule.schema);
  load_object(table, rule);
  load_statements(table, rule);
  if (!table.choice<PolicyAction>("action", rule.action, kPolicyActions) && !table.has("action")) {
    table.fault(table.place(), "the rule " + in_quotes(rule.id) + " lacks \"action\"");
  }
  table.text("reason", rule.reason);
  table.finish();
  return rule;
}

void load_settings(TableReader& table, Policy& policy) {
  table.choice<PolicyMode>("mode", policy.mode, kPolicyModes);
  table.choice<PolicyAction>("default", policy.default_action, kPolicyActions);
  table.choice<CatalogAccess>("catalogs", policy.catalogs, kCatalogAccesses);
  table.choice<PolicyAction>("unparsed", policy.unparsed, kPolicyActions);
  table.finish();
  if (policy.unparsed == PolicyAction::allow && policy.default_action == PolicyAction::block) {
    table.fault(table.place("unparsed"), R"(unparsed = "allow" needs default = "allow")");
  }
}

}  // namespace

void load_policy(TableReader& root, LoadContext& context) {
  if (auto table = root.table("policy")) load_settings(*table, context.config.policy);

  std::map<std::string, int> lines_by_id;
  for (TableReader& table : root.tables("policies")) {
    auto& rules = context.config.policies;
    rules.push_back(load_rule(table, rules.size() + 1, context));
    context.policy_places.push_back(table.place());
    const auto [first, is_new] = lines_by_id.emplace(rules.back().id, rules.back().line);
    if (!is_new) {
      table.fault(table.place("id"), "the id " + in_quotes(first->first) + " is already that of the rule in line " +
                                         std::to_string(first->second));
    }
  }
}

}  // namespace sqlproxy::config::loading
