#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/column_resolver.hpp"
#include "pipeline/judge_arbiter.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/verdict_builder.hpp"

namespace sqlproxy::pipeline {

// Which columns of each of a statement's objects are used in which way: what is read by names in queries, and what the
// statement writes or copies. Made for one judgement; keeps references to what it is given.
class StatementColumns {
 public:
  StatementColumns(const Statement& statement, const NameResolver& names);

  // False when the statement takes too many steps to resolve; nothing but candidates() is then of use.
  [[nodiscard]] bool resolve() { return resolver_.resolve(); }

  // What the object of that index may be; empty for what is no relation.
  [[nodiscard]] const RelationCandidates& candidates(std::size_t object) const { return candidates_[object]; }

  [[nodiscard]] ColumnResolver& resolver() { return resolver_; }

  // What the statement needs a permission for: what its text alone tells, and SELECT where columns are read.
  [[nodiscard]] StatementTypes required(std::size_t object) const;

  // The columns of the candidate that are used so. Valid until the next call.
  [[nodiscard]] ColumnExtent extent(std::size_t object, const NameCandidate& candidate, StatementType type);

  // Tells the audit of the columns that are read, written, and decide which rows there are.
  void tell(const NameScope& scope, VerdictBuilder& verdict);

 private:
  void add_direct(const DirectUse& use, const NameCandidate& candidate, ColumnExtent& extent);
  void tell_columns(std::string_view database, const NameCandidate& candidate, const ColumnExtent& extent,
                    std::vector<std::string>& all) const;

  const Statement& statement_;
  std::vector<RelationCandidates> candidates_;
  ColumnResolver resolver_;
  std::vector<std::string_view> names_;
};

}  // namespace sqlproxy::pipeline
