#pragma once

#include <cstddef>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/pg_query_tree.hpp"
#include "pipeline/sensitive_columns.hpp"

namespace sqlproxy::pipeline {

// Finds out which of a statement's relations keep their sensitive columns to themselves: for each relation of
// sensitive_columns.hpp that stands in a FROM, whether any name in the statement could read one of those.
//
// Scopes are not followed, but for that of a bare `*`: every name counts wherever it stands. That errs on the side of
// "could". What counts: a sensitive column's name; the relation's own name or alias alone, which is the whole row; what
// is qualified by it and is no harmless column (`t.*`, and `t.f`, which may be f(t)). NATURAL joins, aliases of joins
// and of columns leave nothing to be told by names.
//
// The names are views of the tree. Lives within one walk.
class ColumnUses {
 public:
  explicit ColumnUses(std::pmr::memory_resource* memory) : uses_(memory), sources_(memory) {}

  void add(const ColumnRef& column);
  // A column of USING.
  void add(std::string_view column) { uses_.push_back({{}, column}); }
  // The statement holds what names do not tell apart.
  void give_up() { unclear_ = true; }

  // `object` is the relation's place in Statement::objects. `starred`: its query selects a bare `*`.
  void add_source(const RangeVar& relation, std::size_t object, bool starred);

  // Comparisons of names that mark_objects() makes at most.
  [[nodiscard]] std::size_t cost() const { return sources_.size() * uses_.size(); }
  void mark_objects(Statement& statement) const;

 private:
  struct Use {
    std::string_view qualifier;
    std::string_view column;
  };
  struct Source {
    const SensitiveColumns* columns;
    std::string_view name;  // the alias, or the relation's own
    std::size_t object;
  };
  [[nodiscard]] static bool may_read(const Use& use, const Source& source);

  std::pmr::vector<Use> uses_;
  std::pmr::vector<Source> sources_;
  bool unclear_ = false;
};

}  // namespace sqlproxy::pipeline
