#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/pg_query_tree.hpp"
#include "pipeline/query_shape.hpp"

namespace sqlproxy::pipeline {

// Who wants to know the scope of a query that is about to be read.
struct ScopeTaker {
  enum class Kind : std::uint8_t { nobody, result, left_side, right_side, item, common_table, direct_use };
  Kind kind = Kind::nobody;
  // Of `left_side`, `right_side` and `item`: the scope they are in; else the index of the table or use.
  std::uint32_t owner = kNoIndex;
  std::uint32_t item = kNoIndex;
};

// Writes a statement's QueryShape while its tree is walked, in the order of the text. Copies names out of the tree. One
// per Statement; not thread-safe.
class ShapeRecorder {
 public:
  // What one statement has at most of scopes, items, outputs and names together; beyond it nothing is recorded, and
  // `overflowed` tells.
  static constexpr std::size_t kMaxParts = 200'000;

  explicit ShapeRecorder(QueryShape& shape) : shape_(shape) {}

  [[nodiscard]] bool overflowed() const { return parts_ > kMaxParts; }
  [[nodiscard]] QueryShape& shape() { return shape_; }

  // The new scope's index. `output`: the output of the place's scope that the query is a part of.
  std::uint32_t open_scope(const Place& outer, std::uint32_t output, const ScopeTaker& taker);
  // The first of as many tables as the clause has queries.
  std::uint32_t add_common_tables(const WithClause& with);

  // Items of `scope`; `join` is the one that they are a side of. Each returns the item's index.
  std::uint32_t add_relation(std::uint32_t scope, std::uint32_t join, const RangeVar& relation, std::uint32_t object);
  std::uint32_t add_common_table(std::uint32_t scope, std::uint32_t join, const RangeVar& relation,
                                 std::uint32_t table);
  std::uint32_t add_query(std::uint32_t scope, std::uint32_t join, const Alias* alias);
  std::uint32_t add_opaque(std::uint32_t scope, std::uint32_t join, const Alias* alias, std::string_view name);
  std::uint32_t add_join(std::uint32_t scope, std::uint32_t join, const JoinExpr& expression);
  // The row that INSERT ... ON CONFLICT calls "excluded".
  void add_excluded(std::uint32_t scope, std::uint32_t object);

  // The output's index.
  std::uint32_t add_output(std::uint32_t scope, const ResTarget& target);
  // VALUES: column1, column2 ...
  void add_value_outputs(std::uint32_t scope, std::size_t count);
  void note_call(const Place& place, std::uint32_t output, std::string_view function);

  // A name in an expression. Does nothing outside of queries.
  void add_use(const ColumnRef& column, const Place& place, std::uint32_t output, bool filters,
               ColumnUse::Lookup lookup);

  // Columns of the object, by the names of ResTargets (INSERT, SET) or Strings (COPY). The use's index.
  std::uint32_t add_direct(std::size_t object, StatementType type, const List* names);
  void add_direct_every(std::size_t object, StatementType type);
  // Names in the condition of a conflict that stand for columns of the table.
  void add_read(std::size_t object, std::string_view column);

  // LIMIT of the statement's own query.
  void note_limit(const Node* count);

  // Ends the record: fills in what is only known now.
  void finish();

 private:
  RangeItem& add_item(std::uint32_t scope, std::uint32_t join, const Alias* alias, std::string_view name);
  DirectUse& direct(std::size_t object, StatementType type);

  QueryShape& shape_;
  std::size_t parts_ = 0;
};

}  // namespace sqlproxy::pipeline
