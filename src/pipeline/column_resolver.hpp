#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/query_shape.hpp"

namespace sqlproxy::pipeline {

// Some columns of one relation. The names are views of the statement or of the catalog.
struct ColumnNames {
  explicit ColumnNames(std::pmr::memory_resource* memory) : names(memory) {}

  // Every column (but system columns), also where they are not known by name.
  bool every = false;
  std::pmr::vector<std::string_view> names;

  [[nodiscard]] bool empty() const { return !every && names.empty(); }
};

// What a statement reads of one of its objects by SELECT.
struct ObjectColumns {
  explicit ObjectColumns(std::pmr::memory_resource* memory) : read(memory), filtered(memory) {}

  // It stands in FROM, or is what the statement changes: `read` is all that is read of it.
  bool resolved = false;
  ColumnNames read;
  // Those of `read` that decide which rows there are.
  ColumnNames filtered;
};

// Finds out which columns a statement's names are, as PostgreSQL's parser does (parser/parse_relation.c,
// parse_clause.c, parse_target.c): by scopes, from the inside outwards.
//
// The answer holds at least the columns that PostgreSQL asks permission for. Where the columns of an item of FROM are
// not known (a function's, a relation's that the snapshot does not know), a name may be one of its columns and is
// looked for farther outwards as well; a name that is found nowhere counts as a column of every relation.
//
// Used once, by one thread. Keeps references to what it is given, and its answers hold views of that.
class ColumnResolver {
 public:
  // Names compared and columns listed at most; what needs more is not resolved.
  static constexpr std::size_t kMaxSteps = 1'000'000;

  // `candidates`: what each of Statement::objects may be; of those that are no relations nothing is read.
  ColumnResolver(const Statement& statement, std::span<const RelationCandidates> candidates);
  ColumnResolver(const ColumnResolver&) = delete;
  ColumnResolver& operator=(const ColumnResolver&) = delete;

  // False when the statement takes too many steps; the answers are then worth nothing.
  [[nodiscard]] bool resolve();

  // By index in Statement::objects.
  [[nodiscard]] const ObjectColumns& object(std::size_t index) const { return objects_[index]; }

  // How many columns the query returns, or -1 when that cannot be told.
  [[nodiscard]] int output_count(std::uint32_t scope);

  // Where a value comes from. Told the relations' columns; a name that stands for several is told of all.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void column(std::uint32_t object, std::string_view name) = 0;
    virtual void every_column(std::uint32_t object) = 0;
    // An output of a sub-query: by its place among them.
    virtual void output(std::uint32_t scope, std::uint32_t position) = 0;
    // Something that is no column of a relation.
    virtual void unknown() = 0;
  };
  // What an output of a query rests on, one level down.
  struct OutputSource {
    std::string_view name;
    bool is_column = false;
    // The output in QueryScope::outputs that it was written as; kNoIndex for a column out of a star.
    std::uint32_t written = kNoIndex;
  };
  // Tells `sink` what the output rests on. Needs no resolve() first.
  [[nodiscard]] OutputSource trace(std::uint32_t scope, std::uint32_t position, Sink& sink);
  // The scope whose outputs have the names of those of `scope`: the first query of a set operation.
  [[nodiscard]] std::uint32_t naming_scope(std::uint32_t scope) const;
  // False: there may be more outputs than output_count() would tell.
  [[nodiscard]] bool knows_outputs(std::uint32_t scope) { return !outputs_of(scope).more; }
  [[nodiscard]] std::size_t listed_outputs(std::uint32_t scope) { return outputs_of(scope).columns.size(); }

 private:
  enum class Found : std::uint8_t { no, maybe, yes };

  // A column of an item: of a relation by name, of a query by its place.
  struct Leaf {
    std::uint32_t scope = kNoIndex;
    std::uint32_t item = kNoIndex;  // none: the output `position` of the scope, as it is written
    std::uint32_t position = 0;
    std::string_view column;
  };
  struct NamedColumn {
    std::string_view name;
    bool certain = true;
    Leaf leaf;
    // Of the merged columns of a join: the other side's.
    Leaf other{};
  };
  struct ColumnList {
    explicit ColumnList(std::pmr::memory_resource* memory) : columns(memory) {}
    std::pmr::vector<NamedColumn> columns;
    // There may be columns that are not listed.
    bool more = false;
  };
  class Reader;

  [[nodiscard]] const RangeItem& item(std::uint32_t scope, std::uint32_t index) const {
    return shape_.scopes[scope].items[index];
  }
  [[nodiscard]] bool spend(std::size_t steps);
  [[nodiscard]] bool is_visible(const Place& place, std::uint32_t index) const;

  // Lists.
  [[nodiscard]] const ColumnList& outputs_of(std::uint32_t scope);
  [[nodiscard]] const ColumnList& columns_of(std::uint32_t scope, std::uint32_t index);
  [[nodiscard]] const ColumnList& list_of(std::uint32_t scope, std::uint32_t index);
  void list_outputs(std::uint32_t scope, ColumnList& list);
  void list_star(std::uint32_t scope, std::uint32_t output, ColumnList& list);
  void list_all_of(std::uint32_t scope, std::uint32_t index, ColumnList& list);
  void list_columns(std::uint32_t scope, std::uint32_t index, ColumnList& list);
  void list_relation(std::uint32_t scope, std::uint32_t index, ColumnList& list);
  void list_query(std::uint32_t scope, std::uint32_t index, ColumnList& list);
  void list_join(std::uint32_t scope, std::uint32_t index, ColumnList& list);
  void rename(const std::vector<std::string>& names, ColumnList& list) const;
  [[nodiscard]] std::uint32_t query_of(const RangeItem& item) const;

  // Names.
  void resolve_use(const ColumnUse& use, Sink& sink);
  void resolve_qualified(const ColumnUse& use, Sink& sink);
  void resolve_bare(const ColumnUse& use, Sink& sink);
  void resolve_nowhere(const ColumnUse& use, Sink& sink);
  [[nodiscard]] Found find_row(const ColumnUse& use, std::string_view name, bool bare, Sink& sink);
  [[nodiscard]] Found is_called(const ColumnUse& use, std::string_view name, const RangeItem& item) const;
  [[nodiscard]] bool names_output(const ColumnUse& use);
  [[nodiscard]] Found find_at(const Place& place, std::string_view name, Sink& sink);
  [[nodiscard]] Found find_in(std::uint32_t scope, std::uint32_t index, std::string_view name, Sink& sink);
  [[nodiscard]] Found find_in_relation(const RangeItem& item, std::string_view name, Sink& sink);
  [[nodiscard]] Found find_in_list(std::uint32_t scope, std::uint32_t index, std::string_view name, Sink& sink);
  void take_row(std::uint32_t scope, std::uint32_t index, Sink& sink);
  void take_leaf(const Leaf& leaf, Sink& sink);
  void resolve_shared(std::uint32_t scope, std::uint32_t index, Sink& sink);
  void trace_written(std::uint32_t scope, std::uint32_t output, Sink& sink);
  [[nodiscard]] bool is_read(std::size_t object) const;

  const Statement& statement_;
  const QueryShape& shape_;
  std::span<const RelationCandidates> candidates_;
  std::array<std::byte, 2048> initial_memory_;
  std::pmr::monotonic_buffer_resource memory_;
  std::pmr::vector<ObjectColumns> objects_;
  std::pmr::unordered_map<std::uint64_t, ColumnList> lists_;
  // Indexes into QueryShape::uses, by (scope, output): for trace(), made when it is first asked.
  std::pmr::vector<std::uint32_t> uses_by_output_;
  std::size_t steps_left_ = kMaxSteps;
  std::size_t depth_ = 0;
};

}  // namespace sqlproxy::pipeline
