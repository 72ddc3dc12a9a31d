#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pipeline/analysis.hpp"
#include "pipeline/policy_rule.hpp"

namespace sqlproxy::pipeline {

enum class Decision : std::uint8_t {
  allow,
  deny,
  observe,  // would be denied, but the policy only observes
};

// A relation as it was resolved, for the audit.
struct TouchedRelation {
  std::string database;
  std::string schema;
  std::string name;
  Usage usage = Usage::read;

  friend auto operator<=>(const TouchedRelation&, const TouchedRelation&) = default;
};

// The answer to one statement.
struct Verdict {
  Decision decision = Decision::deny;
  // The rule that decided: the one that blocks, or of those that allow the most specific (the first of equals).
  // Null when no rule had a part in it. Lives as long as the PolicySet that judged.
  const PolicyRule* rule = nullptr;
  int specificity = 0;
  // The rule's reason, or what stood in for a rule ("default", "no policy rule allows SELECT on app.hr.salaries").
  std::string reason;
  // Set unless the decision is allow: SQLSTATE, message, DETAIL and HINT for the client. The same for objects that are
  // blocked and objects that do not exist. The caller ends the HINT with the audit event's id.
  std::optional<core::Error> error;

  // Everything that the statement touches, without duplicates; a name that may stand for one of several relations is
  // there as each of them. Complete also when the verdict is a denial. What a view or a parent leads to is not listed.
  std::vector<TouchedRelation> relations;
  // The columns that are read (those that filter among them), written, and that decide which rows there are, each as
  // "database.schema.table.column"; "*" for the columns of a relation whose columns are not known. With their origin
  // through aliases, sub-selects and WITH; a view's columns are its own. Sorted, without repetitions.
  std::vector<std::string> columns;
  std::vector<std::string> columns_written;
  std::vector<std::string> columns_filtered;
  // "schema.name"; the bare name where the schema is not known.
  std::vector<std::string> functions;

  // Some name is not in the catalog snapshot: after a refresh the verdict may be another.
  bool catalog_miss = false;

  [[nodiscard]] bool may_run() const { return decision != Decision::deny; }
};

}  // namespace sqlproxy::pipeline
