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
  const bool names_relation = !has_name(rule.tables, "*");
  if (names_relation && without_relation().contains(rule.statements)) {
    return "none of its \"statements\" is of a table";
  }
  return {};
}

// Users and roles may come from outside of this file.
bool asks_a_directory(const Auth& auth) {
  const auto outside = [](AuthMethod method) { return method == AuthMethod::jwt || method == AuthMethod::ldap; };
  return outside(auth.method) || std::ranges::any_of(auth.rules, outside, &AuthRule::method);
}

// True when nobody can be whom the rule speaks of.
bool names_nobody(const PolicyRule& rule, const Config& config) {
  // Where there are no users at all, that is what is told.
  if (config.users.empty() || asks_a_directory(config.auth)) return false;
  const auto is_known_user = [&](const std::string& name) {
    return name == "*" || config.has_passthrough() || config.find_user(name) != nullptr;
  };
  const auto is_known_role = [&](const std::string& name) {
    return name == "*" ||
           std::ranges::any_of(config.users, [&](const User& user) { return has_name(user.roles, name); });
  };
  return std::ranges::none_of(rule.users, is_known_user) && std::ranges::none_of(rule.roles, is_known_role);
}

bool names_object(const PolicyRule& rule) {
  return rule.function ? rule.function != "*" : !has_name(rule.tables, "*");
}

// As the contract counts it.
int specificity(const PolicyRule& rule) {
  return (rule.database != "*" ? 100 : 0) + (rule.schema != "*" ? 10 : 0) + (names_object(rule) ? 1 : 0) +
         (rule.columns.empty() ? 0 : 1);
}

// One of those whom a rule speaks of.
struct Principal {
  enum class Kind { everyone, user, role };
  Kind kind;
  std::string_view name;
};

std::vector<Principal> principals_of(const PolicyRule& rule) {
  if (has_name(rule.users, "*") || has_name(rule.roles, "*")) return {{Principal::Kind::everyone, "*"}};
  std::vector<Principal> all;
  for (const std::string& name : rule.users) all.push_back({Principal::Kind::user, name});
  for (const std::string& name : rule.roles) all.push_back({Principal::Kind::role, name});
  return all;
}

// True when `other` speaks of the principal too. Says no where only the users' present roles would make it so for
// roles.
bool speaks_of(const PolicyRule& other, const Principal& principal, const Config& config) {
  if (has_name(other.roles, "*") || has_name(other.users, "*")) return true;
  if (principal.kind == Principal::Kind::everyone) return false;
  if (principal.kind == Principal::Kind::role) return has_name(other.roles, principal.name);
  if (has_name(other.users, principal.name)) return true;
  const User* const user = config.find_user(principal.name);
  return user != nullptr &&
         std::ranges::any_of(user->roles, [&](const std::string& role) { return has_name(other.roles, role); });
}

// True when `other` decides before `rule` wherever both speak. At the same height block wins.
bool decides_before(const PolicyRule& other, const PolicyRule& rule) {
  const int height = specificity(other);
  if (height == specificity(rule)) return other.action == PolicyAction::block && rule.action == PolicyAction::allow;
  if (height < specificity(rule)) return false;
  // What holds secrets or is dangerous is allowed only by a rule that names it, or its schema.
  const bool both_allow = other.action == PolicyAction::allow && rule.action == PolicyAction::allow;
  return !both_allow || (other.schema == rule.schema && names_object(other) == names_object(rule));
}

std::string reference_to(const PolicyRule& rule) {
  return in_quotes(rule.id) + " (line " + std::to_string(rule.line) + ')';
}

// Looks for what keeps a rule from firing. Rules are found by schema and table or function, so that thousands of them
// are checked in reasonable time.
class Shadows {
 public:
  explicit Shadows(const Config& config) : config_(config) {
    for (std::size_t i = 0; i < config.policies.size(); ++i) {
      const PolicyRule& rule = config.policies[i];
      for (const std::string_view object : objects_of(rule)) {
        by_object_[{rule.function.has_value(), rule.schema, object}].push_back(i);
      }
    }
  }

  // Why the rule of that number never decides; empty when it may.
  [[nodiscard]] std::string over(std::size_t index) const {
    const PolicyRule& rule = config_.policies[index];
    std::vector<std::size_t> before;
    bool fires = false;
    for (const std::string_view object : objects_of(rule)) {
      const std::vector<std::size_t> peers = peers_of(rule, object);
      if (const std::string why = repetition(index, peers); !why.empty()) return why;
      for (const std::string_view database : databases_of(rule)) {
        for (const Principal& principal : principals_of(rule)) {
          fires = fires || !is_covered(index, database, principal, peers, before);
        }
      }
      if (fires) return {};
    }
    std::ranges::sort(before);
    before.erase(std::ranges::unique(before).begin(), before.end());
    return complaint(rule, before);
  }

 private:
  using Key = std::tuple<bool, std::string_view, std::string_view>;

  static std::vector<std::string_view> objects_of(const PolicyRule& rule) {
    if (rule.function) return {*rule.function};
    return {rule.tables.begin(), rule.tables.end()};
  }

  // Where the rule can be asked: one database, or each that there is. Empty for all those that only the fallback entry
  // knows.
  [[nodiscard]] std::vector<std::string_view> databases_of(const PolicyRule& rule) const {
    if (rule.database != "*") return {rule.database};
    if (config_.databases.empty() || config_.databases.contains("*")) return {""};
    std::vector<std::string_view> names;
    for (const auto& [name, database] : config_.databases) names.push_back(name);
    return names;
  }

  // All rules that speak of the object, by its name or by wildcards.
  [[nodiscard]] std::vector<std::size_t> peers_of(const PolicyRule& rule, std::string_view object) const {
    std::vector<std::size_t> peers;
    const auto add = [&](std::string_view schema, std::string_view name) {
      const auto found = by_object_.find({rule.function.has_value(), schema, name});
      if (found != by_object_.end()) peers.insert(peers.end(), found->second.begin(), found->second.end());
    };
    add(rule.schema, object);
    if (object != "*") add(rule.schema, "*");
    if (rule.schema != "*") add("*", object);
    if (rule.schema != "*" && object != "*") add("*", "*");
    return peers;
  }

  // True when all that the rule says of the principal in the database is decided by others; adds them to `before`.
  [[nodiscard]] bool is_covered(std::size_t index, std::string_view database, const Principal& principal,
                                const std::vector<std::size_t>& peers, std::vector<std::size_t>& before) const {
    const PolicyRule& rule = config_.policies[index];
    StatementSet covered;
    for (const std::size_t peer : peers) {
      const PolicyRule& other = config_.policies[peer];
      const bool here = other.database == "*" || other.database == database;
      if (peer == index || !here || !other.statements.intersects(rule.statements)) continue;
      if (rule.statements.names_session() && !other.statements.names_session()) continue;
      const bool all_columns =
          other.columns.empty() || (!rule.columns.empty() && is_subset(rule.columns, other.columns));
      if (!all_columns || !decides_before(other, rule) || !speaks_of(other, principal, config_)) continue;
      covered.add(other.statements);
      before.push_back(peer);
      if (covered.contains(rule.statements)) return true;
    }
    return false;
  }

  // An earlier rule that says the very same.
  [[nodiscard]] std::string repetition(std::size_t index, const std::vector<std::size_t>& peers) const {
    const PolicyRule& rule = config_.policies[index];
    for (const std::size_t peer : peers) {
      const PolicyRule& other = config_.policies[peer];
      if (peer >= index || rule.action != other.action || rule.database != other.database) continue;
      if (rule.schema == other.schema && contains(rule, other) && contains(other, rule)) {
        return "it repeats the rule " + reference_to(other);
      }
    }
    return {};
  }

  // True when `outer` speaks of all objects, statements and people that `inner` speaks of.
  [[nodiscard]] bool contains(const PolicyRule& outer, const PolicyRule& inner) const {
    if (inner.function != outer.function || inner.columns.empty() != outer.columns.empty()) return false;
    if (inner.statements.names_session() && !outer.statements.names_session()) return false;
    return is_subset(inner.tables, outer.tables) && is_subset(inner.columns, outer.columns) &&
           outer.statements.contains(inner.statements) &&
           std::ranges::all_of(principals_of(inner),
                               [&](const Principal& principal) { return speaks_of(outer, principal, config_); });
  }

  [[nodiscard]] std::string complaint(const PolicyRule& rule, const std::vector<std::size_t>& before) const {
    std::string names;
    bool same_height = true;
    for (const std::size_t index : before) {
      const PolicyRule& other = config_.policies[index];
      names += (names.empty() ? "" : ", ") + reference_to(other);
      same_height = same_height && specificity(other) == specificity(rule);
    }
    const bool one = before.size() == 1;
    const std::string subject = one ? "the rule " : "the rules ";
    if (same_height) return subject + names + (one ? " blocks all that it allows" : " block all that it allows");
    return subject + names + (one ? ", which is more specific, decides" : ", which are more specific, decide") +
           " wherever it could";
  }

  const Config& config_;
  std::map<Key, std::vector<std::size_t>> by_object_;
};

}  // namespace

void check_rules(LoadContext& context) {
  const auto& rules = context.config.policies;
  const Shadows shadows(context.config);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const PolicyRule& rule = rules[i];
    if (rule.users.empty() && rule.roles.empty()) continue;  // only after a fault that has been reported
    const auto can_never_fire = [&](std::string_view why) {
      return "the rule " + in_quotes(rule.id) + " can never fire: " + std::string(why);
    };
    if (const std::string why = own_contradiction(rule); !why.empty()) {
      context.faults.fault(context.policy_places[i], can_never_fire(why));
      continue;
    }
    std::string why;
    if (names_nobody(rule, context.config)) why = "there is nobody of those whom it names";
    if (why.empty() && !rule.statements.empty()) why = shadows.over(i);
    if (why.empty()) continue;
    // What becomes of it when somebody joins, or another rule goes, the file need not say today.
    context.faults.dead_rule(context.policy_places[i], can_never_fire(why));
  }
}

}  // namespace sqlproxy::config::loading
