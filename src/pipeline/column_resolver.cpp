#include "pipeline/column_resolver.hpp"

#include <algorithm>

namespace sqlproxy::pipeline {
namespace {

using Kind = RangeItem::Kind;
using Sight = Place::Sight;

constexpr StatementTypes kUsesRows = StatementTypes(StatementType::select) | StatementType::insert |
                                     StatementType::update | StatementType::delete_ | StatementType::merge |
                                     StatementType::copy_to | StatementType::copy_from;

[[nodiscard]] bool is_temporary(std::string_view schema) {
  return schema.starts_with("pg_temp");
}

[[nodiscard]] bool contains(const RangeItem& item, std::uint32_t index, std::uint32_t inner) {
  return index <= inner && inner < item.end;
}

void tidy(ColumnNames& columns) {
  std::ranges::sort(columns.names);
  const auto repeated = std::ranges::unique(columns.names);
  columns.names.erase(repeated.begin(), repeated.end());
}

}  // namespace

// Writes down what is read.
class ColumnResolver::Reader final : public Sink {
 public:
  explicit Reader(ColumnResolver& resolver)
      : resolver_(resolver), waiting_(&resolver.memory_), seen_(&resolver.memory_) {}

  void set_filters(bool filters) { filters_ = filters; }

  void column(std::uint32_t object, std::string_view name) override {
    ObjectColumns& columns = resolver_.objects_[object];
    if (!tracing_) columns.read.names.push_back(name);
    if (filters_) columns.filtered.names.push_back(name);
  }
  void every_column(std::uint32_t object) override {
    ObjectColumns& columns = resolver_.objects_[object];
    if (!tracing_) columns.read.every = true;
    if (filters_) columns.filtered.every = true;
  }
  // What is below was read where it is named; only whether it filters is news.
  void output(std::uint32_t scope, std::uint32_t position) override {
    if (!filters_) return;
    const std::uint64_t key = std::uint64_t{scope} << 32U | position;
    if (seen_.emplace(key, true).second) waiting_.emplace_back(scope, position);
  }
  void unknown() override {}

  // Follows the outputs that filter down to columns.
  void trace_filters() {
    filters_ = tracing_ = true;
    while (!waiting_.empty() && resolver_.steps_left_ > 0) {
      const auto [scope, position] = waiting_.back();
      waiting_.pop_back();
      (void)resolver_.trace(scope, position, *this);
    }
  }

 private:
  ColumnResolver& resolver_;
  bool filters_ = false;
  bool tracing_ = false;
  std::pmr::vector<std::pair<std::uint32_t, std::uint32_t>> waiting_;
  std::pmr::unordered_map<std::uint64_t, bool> seen_;
};

ColumnResolver::ColumnResolver(const Statement& statement, std::span<const RelationCandidates> candidates)
    : statement_(statement),
      shape_(statement.shape),
      candidates_(candidates),
      memory_(initial_memory_.data(), initial_memory_.size()),
      objects_(&memory_),
      lists_(&memory_),
      uses_by_output_(&memory_) {
  objects_.reserve(statement.objects.size());
  for (std::size_t i = 0; i < statement.objects.size(); ++i) objects_.emplace_back(&memory_);
  for (const QueryScope& scope : shape_.scopes) {
    for (const RangeItem& range : scope.items) {
      if (range.kind == Kind::relation) objects_[range.source].resolved = true;
    }
  }
}

bool ColumnResolver::spend(std::size_t steps) {
  steps_left_ -= std::min(steps, steps_left_);
  return steps_left_ > 0;
}

bool ColumnResolver::resolve() {
  Reader reader(*this);
  for (const ColumnUse& use : shape_.uses) {
    reader.set_filters(use.filters);
    resolve_use(use, reader);
    if (steps_left_ == 0) return false;
  }
  reader.set_filters(true);
  for (std::uint32_t scope = 0; scope < shape_.scopes.size(); ++scope) {
    const auto& items = shape_.scopes[scope].items;
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      if (items[i].kind == Kind::join) resolve_shared(scope, i, reader);
    }
    if (steps_left_ == 0) return false;
  }
  reader.trace_filters();
  for (ObjectColumns& columns : objects_) {
    tidy(columns.read);
    tidy(columns.filtered);
  }
  return true;
}

bool ColumnResolver::is_read(std::size_t object) const {
  const ObjectRef& ref = statement_.objects[object];
  return ref.kind == ObjectKind::relation && !ref.created && ref.required.intersects(kUsesRows);
}

// Whether names at `place` see the item. What a join with an alias holds is seen from inside of that join only.
bool ColumnResolver::is_visible(const Place& place, std::uint32_t index) const {
  const auto& items = shape_.scopes[place.scope].items;
  const std::uint32_t hider = items[index].hidden_by;
  switch (place.sight) {
    case Sight::nothing: return false;
    case Sight::everything: return hider == kNoIndex;
    case Sight::before:
      if (index >= place.item || contains(items[index], index, place.item)) return false;
      return hider == kNoIndex || contains(items[hider], hider, place.item);
    case Sight::within:
      if (index == place.item || !contains(items[place.item], place.item, index)) return false;
      return hider == kNoIndex || contains(items[hider], hider, place.item);
  }
  return false;
}

void ColumnResolver::resolve_use(const ColumnUse& use, Sink& sink) {
  if (!use.relation.empty()) return resolve_qualified(use, sink);
  if (!use.star) return resolve_bare(use, sink);
  const auto& items = shape_.scopes[use.place.scope].items;
  for (std::uint32_t i = 0; i < items.size(); ++i) {
    if (items[i].join == kNoIndex) take_row(use.place.scope, i, sink);
  }
}

// `t.a`; when t has no column a, the function a of the row t.
void ColumnResolver::resolve_qualified(const ColumnUse& use, Sink& sink) {
  if (find_row(use, use.relation, false, sink) == Found::no) resolve_nowhere(use, sink);
}

// A column of the nearest query that has one; else, of the output that ORDER BY and GROUP BY may mean; else the row of
// an item of that name.
void ColumnResolver::resolve_bare(const ColumnUse& use, Sink& sink) {
  const bool outputs = use.lookup != ColumnUse::Lookup::columns;
  if (use.lookup == ColumnUse::Lookup::outputs_first && names_output(use)) return;
  // An output whose name is not certain.
  bool maybe = outputs && outputs_of(use.place.scope).more;
  for (Place place = use.place; place.scope != kNoIndex; place = shape_.scopes[place.scope].outer) {
    const Found found = find_at(place, use.column, sink);
    if (found == Found::yes) return;
    maybe |= found == Found::maybe;
    const bool innermost = place == use.place;
    if (innermost && use.lookup == ColumnUse::Lookup::outputs_last && names_output(use)) return;
    if (!spend(1)) return;
  }
  if (outputs) {
    const auto same = [&](const NamedColumn& column) { return column.name == use.column; };
    maybe |= std::ranges::any_of(outputs_of(use.place.scope).columns, same);
  }
  const Found row = find_row(use, use.column, true, sink);
  if (row == Found::no && !maybe) resolve_nowhere(use, sink);
}

bool ColumnResolver::names_output(const ColumnUse& use) {
  const ColumnList& list = outputs_of(use.place.scope);
  (void)spend(list.columns.size());
  return std::ranges::any_of(list.columns,
                             [&](const NamedColumn& column) { return column.certain && column.name == use.column; });
}

// A mistake, or something that is not understood: the same answer as for a column that the user may not read.
void ColumnResolver::resolve_nowhere(const ColumnUse& use, Sink& sink) {
  if (!spend(objects_.size())) return;
  for (std::uint32_t i = 0; i < objects_.size(); ++i) {
    if (!is_read(i)) continue;
    if (use.star)
      sink.every_column(i);
    else
      sink.column(i, use.column);
  }
}

// Whether the item is what `name` in front of a column means.
ColumnResolver::Found ColumnResolver::is_called(const ColumnUse& use, std::string_view name,
                                                const RangeItem& item) const {
  if (item.name.empty() && item.kind == Kind::opaque) return Found::maybe;
  // An alias of the join hides that of its merged columns too.
  const bool shows_shared = item.kind == Kind::join && !item.aliased && !item.shared_name.empty();
  if (shows_shared && item.shared_name == name) return Found::yes;
  if (item.name.empty() || item.name != name) return Found::no;
  if (use.schema.empty()) return Found::yes;
  if (item.kind != Kind::relation || item.aliased) return Found::no;
  Found found = Found::no;
  for (const NameCandidate& candidate : candidates_[item.source].all) {
    if (candidate.schema == use.schema) return Found::yes;
    const bool unclear = candidate.schema.empty() || (is_temporary(candidate.schema) && is_temporary(use.schema));
    if (unclear) found = Found::maybe;
  }
  return found;
}

// Looks for an item called `name`, and takes the column (or all of it) that `use` means: `bare` for its row.
ColumnResolver::Found ColumnResolver::find_row(const ColumnUse& use, std::string_view name, bool bare, Sink& sink) {
  Found best = Found::no;
  for (Place place = use.place; place.scope != kNoIndex; place = shape_.scopes[place.scope].outer) {
    const auto& items = shape_.scopes[place.scope].items;
    if (!spend(items.size() + 1)) return best;
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      if (!is_visible(place, i)) continue;
      const Found called = is_called(use, name, items[i]);
      if (called == Found::no) continue;
      best = std::max(best, called);
      if (items[i].kind == Kind::join && items[i].name != name) {
        resolve_shared(place.scope, i, sink);
      } else if (bare || use.star || find_in(place.scope, i, use.column, sink) != Found::yes) {
        take_row(place.scope, i, sink);
      }
    }
    if (best == Found::yes) return best;
  }
  return best;
}

ColumnResolver::Found ColumnResolver::find_at(const Place& place, std::string_view name, Sink& sink) {
  const auto& items = shape_.scopes[place.scope].items;
  Found best = Found::no;
  if (!spend(items.size() + 1)) return best;
  for (std::uint32_t i = 0; i < items.size(); ++i) {
    const bool is_plain_join = items[i].kind == Kind::join && !items[i].aliased;
    if (!is_plain_join && is_visible(place, i)) best = std::max(best, find_in(place.scope, i, name, sink));
  }
  return best;
}

ColumnResolver::Found ColumnResolver::find_in(std::uint32_t scope, std::uint32_t index, std::string_view name,
                                              Sink& sink) {
  const RangeItem& range = item(scope, index);
  return range.kind == Kind::relation ? find_in_relation(range, name, sink) : find_in_list(scope, index, name, sink);
}

// Each relation that the item may be is asked; certain is what all of them have.
ColumnResolver::Found ColumnResolver::find_in_relation(const RangeItem& range, std::string_view name, Sink& sink) {
  const auto& renamed = range.column_names;
  bool in_all = true;
  bool in_some = false;
  for (const NameCandidate& candidate : candidates_[range.source].all) {
    if (!spend(renamed.size() + 1)) return Found::maybe;
    const CatalogRelation* relation = candidate.relation;
    if (relation == nullptr || relation->columns.empty()) {
      in_all = false;
      in_some = true;
      if (renamed.empty())
        sink.column(range.source, name);
      else
        sink.every_column(range.source);
      continue;
    }
    const CatalogColumn* column = relation->column(name);
    if (!renamed.empty()) {
      const auto alias = static_cast<std::size_t>(std::ranges::find(renamed, name) - renamed.begin());
      const bool is_alias = alias < renamed.size() && alias < relation->columns.size();
      const bool keeps_name =
          column != nullptr && static_cast<std::size_t>(column - relation->columns.data()) >= renamed.size();
      if (is_alias)
        column = &relation->columns[alias];
      else if (!keeps_name)
        column = nullptr;
    }
    const bool is_system = column == nullptr && is_system_column(name) && relation->has_system_columns();
    if (column != nullptr || is_system) {
      in_some = true;
      sink.column(range.source, column != nullptr ? std::string_view(column->name) : name);
    } else {
      in_all = false;
    }
  }
  if (!in_some) return Found::no;
  return in_all ? Found::yes : Found::maybe;
}

ColumnResolver::Found ColumnResolver::find_in_list(std::uint32_t scope, std::uint32_t index, std::string_view name,
                                                   Sink& sink) {
  const ColumnList& list = columns_of(scope, index);
  if (!spend(list.columns.size() + 1)) return Found::maybe;
  const RangeItem& range = item(scope, index);
  Found best = Found::no;
  for (const NamedColumn& column : list.columns) {
    if (column.name != name) continue;
    // A column of the join, but nobody knows which.
    if (column.leaf.scope == kNoIndex && range.kind == Kind::join) take_row(scope, index, sink);
    take_leaf(column.leaf, sink);
    if (column.other.scope != kNoIndex) take_leaf(column.other, sink);
    best = std::max(best, column.certain ? Found::yes : Found::maybe);
  }
  if (best == Found::yes || !list.more) return best;
  // Some relation of the join may have it, under this name or another.
  if (range.kind == Kind::join) {
    bool renamed = false;
    for (std::uint32_t i = index; i < range.end; ++i) {
      const RangeItem& inner = item(scope, i);
      renamed |= inner.kind == Kind::join && !inner.column_names.empty();
      if (inner.kind == Kind::relation && !renamed) (void)find_in_relation(inner, name, sink);
    }
    if (renamed) take_row(scope, index, sink);
  }
  sink.unknown();
  return Found::maybe;
}

// The item's row: all of its columns.
void ColumnResolver::take_row(std::uint32_t scope, std::uint32_t index, Sink& sink) {
  const RangeItem& range = item(scope, index);
  for (std::uint32_t i = index; i < range.end; ++i) {
    const RangeItem& inner = item(scope, i);
    if (!spend(1)) return;
    switch (inner.kind) {
      case Kind::relation: sink.every_column(inner.source); break;
      case Kind::join: break;
      case Kind::opaque: sink.unknown(); break;
      case Kind::common_table:
      case Kind::query: {
        const std::uint32_t query = query_of(inner);
        const std::size_t count = query == kNoIndex ? 0 : outputs_of(query).columns.size();
        for (std::uint32_t position = 0; position < count; ++position) sink.output(query, position);
        if (query == kNoIndex || outputs_of(query).more) sink.unknown();
        break;
      }
    }
  }
}

void ColumnResolver::take_leaf(const Leaf& leaf, Sink& sink) {
  if (leaf.scope == kNoIndex) return sink.unknown();
  if (leaf.item == kNoIndex) return sink.output(leaf.scope, leaf.position);
  const RangeItem& range = item(leaf.scope, leaf.item);
  if (range.kind == Kind::relation) return sink.column(range.source, leaf.column);
  const std::uint32_t query = range.kind == Kind::opaque ? kNoIndex : query_of(range);
  if (query == kNoIndex) return sink.unknown();
  sink.output(query, leaf.position);
}

// The columns that NATURAL and USING compare, on both sides.
void ColumnResolver::resolve_shared(std::uint32_t scope, std::uint32_t index, Sink& sink) {
  const RangeItem& join = item(scope, index);
  if (join.left == kNoIndex || join.right == kNoIndex) return;
  for (const std::string& name : join.shared) {
    (void)find_in(scope, join.left, name, sink);
    (void)find_in(scope, join.right, name, sink);
  }
  if (!join.natural) return;
  const ColumnList& left = columns_of(scope, join.left);
  const ColumnList& right = columns_of(scope, join.right);
  // What is not known may have any name.
  if (left.more) take_row(scope, join.right, sink);
  if (right.more) take_row(scope, join.left, sink);
  if (left.more || right.more) return;
  std::pmr::unordered_map<std::string_view, bool> names(&memory_);
  for (const NamedColumn& column : left.columns) names.emplace(column.name, true);
  for (const NamedColumn& column : right.columns) {
    if (!spend(1)) return;
    if (!names.contains(column.name)) continue;
    (void)find_in(scope, join.left, column.name, sink);
    (void)find_in(scope, join.right, column.name, sink);
  }
}

std::uint32_t ColumnResolver::query_of(const RangeItem& range) const {
  return range.kind == Kind::common_table ? shape_.common_tables[range.source].scope : range.source;
}

}  // namespace sqlproxy::pipeline
