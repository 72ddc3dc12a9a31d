#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/statement_type.hpp"

namespace sqlproxy::pipeline {

enum class PolicyAction : std::uint8_t { block, allow };

// One rule of the policy, in the words of docs/configuration.md. Names are as PostgreSQL stores them.
struct PolicyRule {
  std::string id;
  // Whom the rule speaks of: the users named, and those who have one of the roles. "*" in either is everyone.
  std::vector<std::string> users;
  std::vector<std::string> roles;
  // Scopes: a name, or "*".
  std::string database = "*";
  std::string schema = "*";
  // Relations by name; {"*"} is every one. Not looked at when `function` is set.
  std::vector<std::string> tables{"*"};
  // Set: the rule speaks of functions, not of relations; each '*' in the name stands for any characters.
  std::optional<std::string> function;
  // The rule speaks of these columns only, and of no system columns.
  std::vector<std::string> columns;
  // Groups are expanded.
  StatementTypes statements;
  // SESSION is listed by its own name, not through ALL: the rule speaks of the guarded settings too.
  bool names_session = false;
  PolicyAction action = PolicyAction::block;
  std::string reason;
};

}  // namespace sqlproxy::pipeline
