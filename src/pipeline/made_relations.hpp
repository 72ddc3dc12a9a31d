#pragma once

#include <string>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::pipeline {

// A relation that the session has made and, as far as statements tell, not taken away since.
struct MadeRelation {
  StandingRelation where;
  // ON COMMIT DROP: it goes with the transaction that made it.
  bool until_commit = false;
  // A table that is made of nothing but its own definition: dropping another relation does not take it along.
  bool stands_alone = false;

  friend bool operator==(const MadeRelation&, const MadeRelation&) = default;
};

// What a statement makes of the relations that the session has made, when it succeeds. Of a PREPARE or a cursor:
// nothing.
struct RelationChange {
  std::vector<MadeRelation> made;
  // Dropped, renamed or moved under these names, or may be. Without a schema: wherever it is.
  std::vector<QualifiedName> taken;
  // DROP ... CASCADE: so may be what depends on another relation.
  bool takes_dependents = false;
  // DISCARD, and what reaches any object: so may be all.
  bool takes_all = false;

  // More than these are not remembered; the oldest go first, which the catalog knows by then.
  static constexpr std::size_t kMaxStanding = 256;

  [[nodiscard]] bool takes() const { return takes_dependents || takes_all || !taken.empty(); }
  [[nodiscard]] bool empty() const { return made.empty() && !takes(); }
  void forget_taken();
  void apply(std::vector<MadeRelation>& standing) const;
};

// `scope` is that of the statement.
[[nodiscard]] RelationChange relation_change(const Statement& statement, const NameScope& scope);

}  // namespace sqlproxy::pipeline
