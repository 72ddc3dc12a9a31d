#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/statement_set.hpp"

namespace sqlproxy::config {

enum class PolicyMode { enforce, observe };

enum class PolicyAction { block, allow };

enum class CatalogAccess {
  safe,  // pg_catalog and information_schema, less the sensitive relations
  all,
  none,
};

// [policy]
struct Policy {
  PolicyMode mode = PolicyMode::enforce;
  // For what no rule matches.
  PolicyAction default_action = PolicyAction::block;
  CatalogAccess catalogs = CatalogAccess::safe;
  // For what cannot be read as SQL; `allow` only together with default_action allow.
  PolicyAction unparsed = PolicyAction::block;
};

// One [[policies]] entry. Names are as PostgreSQL stores them (no folding to lower case).
struct PolicyRule {
  // "policy-N" (the N-th entry of the file, from 1) where the file gives none. Unique.
  std::string id;
  // Whom the rule speaks of: those who have one of the roles, and the users named. "*" is everyone. Not both empty.
  std::vector<std::string> roles;
  std::vector<std::string> users;
  // Scopes: a name, or "*".
  std::string database = "*";
  std::string schema = "*";
  // Relations by name; {"*"} is every one. Empty when `function` is set.
  std::vector<std::string> tables;
  // A function rule: a name in which each '*' stands for any characters.
  std::optional<std::string> function;
  // Empty: the rule speaks of whole relations.
  std::vector<std::string> columns;
  // Never empty.
  StatementSet statements;
  PolicyAction action = PolicyAction::block;
  std::string reason;
  // Of the rule in the file, from 1.
  int line = 0;
  int column = 0;
};

}  // namespace sqlproxy::config
