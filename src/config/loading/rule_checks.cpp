#include "config/loading/rule_checks.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "config/loading/located_text.hpp"

namespace sqlproxy::config::loading {

namespace {

bool has_name(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_subset(const std::vector<std::string>& inner, const std::vector<std::string>& outer) {
  return std::ranges::all_of(inner, [&](const std::string& name) { return has_name(outer, name); });
}

// The types that a named relation is never used by.
StatementSet without_relation() {
  StatementSet set;
  for (const auto type :
       {StatementType::execute, StatementType::do_block, StatementType::notify, StatementType::session}) {
    set.add(type);
  }
  return set;
}

// The types that a rule with columns never speaks of.
StatementSet without_columns() {
  StatementSet set;
  for (const auto type : {StatementType::execute, StatementType::notify, StatementType::session}) set.add(type);
  return set;
}

// The types that a call of a function is judged as; those beside EXECUTE are of functions in pg_catalog (pg_notify,
// pg_read_file, set_config and their like).
StatementSet of_function() {
  StatementSet set;
  for (const auto type : {StatementType::execute, StatementType::maintenance, StatementType::notify,
                          StatementType::server_file, StatementType::session}) {
    set.add(type);
  }
  return set;
}

// Why the rule's own words keep it from ever firing; empty when they do not.
std::string own_contradiction(const PolicyRule& rule) {
  if (rule.statements.empty()) return {};  // only after a fault that has been reported
  if (rule.function) {
    if (rule.statements.intersects(of_function())) return {};
    return "a function is judged as EXECUTE, which \"statements\" lacks";
  }
  if (!rule.columns.empty() && without_columns().contains(rule.statements)) {
    return "none of its \"statements\" is asked about a column";
  }
  const bool names_relation = !has_name(rule.tables, "*");
  if (names_relation && without_relation().contains(rule.statements)) {
    return "none of its \"statements\" is of a table";
  }
  return {};
}

// True when everyone that `rule` speaks of is also spoken of by `other`. Says no where only the users' present roles
// would make it so for roles.
bool subjects_covered(const PolicyRule& rule, const PolicyRule& other, const Config& config) {
  if (has_name(other.roles, "*") || has_name(other.users, "*")) return true;
  const auto user_covered = [&](const std::string& name) {
    if (has_name(other.users, name)) return true;
    const User* const user = config.find_user(name);
    return user != nullptr &&
           std::ranges::any_of(user->roles, [&](const auto& role) { return has_name(other.roles, role); });
  };
  return is_subset(rule.roles, other.roles) && std::ranges::all_of(rule.users, user_covered);
}

// True when each thing that `rule` speaks of is spoken of by `other` too, at the same height of specificity.
bool objects_covered(const PolicyRule& rule, const PolicyRule& other) {
  if (rule.function != other.function || rule.columns.empty() != other.columns.empty()) return false;
  return is_subset(rule.tables, other.tables) && is_subset(rule.columns, other.columns);
}

bool statements_covered(const PolicyRule& rule, const PolicyRule& other) {
  if (rule.statements.names_session() && !other.statements.names_session()) return false;
  return other.statements.contains(rule.statements);
}

bool is_covered(const PolicyRule& rule, const PolicyRule& other, const Config& config) {
  return objects_covered(rule, other) && statements_covered(rule, other) && subjects_covered(rule, other, config);
}

std::string reference_to(const PolicyRule& rule) {
  return in_quotes(rule.id) + " (line " + std::to_string(rule.line) + ')';
}

// What keeps `rule` (number `index`) from firing among `peers`, the rules of the same database and schema; empty when
// nothing does.
std::string shadow(std::size_t index, const std::vector<std::size_t>& peers, const Config& config) {
  const PolicyRule& rule = config.policies[index];
  for (const std::size_t peer : peers) {
    const PolicyRule& other = config.policies[peer];
    if (peer == index || !is_covered(rule, other, config)) continue;
    if (rule.action == PolicyAction::allow && other.action == PolicyAction::block) {
      return "the rule " + reference_to(other) + " blocks all that it allows";
    }
    const bool repeats = peer < index && rule.action == other.action && is_covered(other, rule, config);
    if (repeats) return "it repeats the rule " + reference_to(other);
  }
  return {};
}

}  // namespace

void check_rules(LoadContext& context) {
  const auto& rules = context.config.policies;
  std::map<std::tuple<std::string_view, std::string_view, bool>, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    groups[{rules[i].database, rules[i].schema, rules[i].function.has_value()}].push_back(i);
  }
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const PolicyRule& rule = rules[i];
    std::string why = own_contradiction(rule);
    if (why.empty() && !rule.statements.empty()) {
      why = shadow(i, groups[{rule.database, rule.schema, rule.function.has_value()}], context.config);
    }
    if (why.empty()) continue;
    context.faults.fault(context.policy_places[i], "the rule " + in_quotes(rule.id) + " can never fire: " + why);
  }
}

}  // namespace sqlproxy::config::loading
