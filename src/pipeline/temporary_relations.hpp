#pragma once

#include <string>
#include <vector>

#include "pipeline/analysis.hpp"

namespace sqlproxy::pipeline {

// A relation in the session's pg_temp that was made and not taken away since, as far as statements tell.
struct TemporaryRelation {
  std::string name;
  // ON COMMIT DROP: it goes with the transaction that made it.
  bool until_commit = false;
  // A table that is made of nothing but its own definition: dropping another relation does not take it along.
  bool stands_alone = false;

  friend bool operator==(const TemporaryRelation&, const TemporaryRelation&) = default;
};

// What a statement makes of the session's temporary relations when it succeeds. Of a PREPARE or a cursor: nothing.
struct TemporaryChange {
  std::vector<TemporaryRelation> made;
  // Dropped, renamed or moved under these names, or may be.
  std::vector<std::string> taken;
  // DROP ... CASCADE: so may be what depends on another relation.
  bool takes_dependents = false;
  // DISCARD, and what reaches any object: so may be all.
  bool takes_all = false;

  [[nodiscard]] bool takes() const { return takes_dependents || takes_all || !taken.empty(); }
  [[nodiscard]] bool empty() const { return made.empty() && !takes(); }
  void forget_taken();
  void apply(std::vector<TemporaryRelation>& standing) const;
};

[[nodiscard]] TemporaryChange temporary_change(const Statement& statement);

}  // namespace sqlproxy::pipeline
