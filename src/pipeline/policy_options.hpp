#pragma once

#include <cstdint>

#include "pipeline/policy_rule.hpp"

namespace sqlproxy::pipeline {

enum class PolicyMode : std::uint8_t {
  enforce,
  observe,  // statements that would be denied run, and are told apart in the audit; but texts that cannot be read
};

// Who may read pg_catalog and information_schema without a rule.
enum class CatalogAccess : std::uint8_t {
  safe,  // everyone, less the sensitive relations
  all,   // everyone, everything
  none,  // nobody
};

// What the policy says beside its rules.
struct PolicyOptions {
  PolicyMode mode = PolicyMode::enforce;
  // For what no rule matches. Sensitive catalog relations, dangerous functions of pg_catalog and guarded settings are
  // blocked without a rule whatever this says.
  PolicyAction default_action = PolicyAction::block;
  CatalogAccess catalogs = CatalogAccess::safe;
  // For statements that cannot be read as SQL; `allow` has an effect only together with default_action allow.
  PolicyAction unparsed = PolicyAction::block;
};

}  // namespace sqlproxy::pipeline
