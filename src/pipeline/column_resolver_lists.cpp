// ColumnResolver: which columns the items of FROM and the outputs of queries are.
#include <algorithm>

#include "pipeline/column_resolver.hpp"

namespace sqlproxy::pipeline {
namespace {

using Kind = RangeItem::Kind;

// Queries in queries that are followed for the names of their columns. What is deeper has columns that are not known.
constexpr std::size_t kMaxDepth = 100;

}  // namespace

const ColumnResolver::ColumnList& ColumnResolver::outputs_of(std::uint32_t scope) {
  return list_of(scope, kNoIndex);
}

const ColumnResolver::ColumnList& ColumnResolver::columns_of(std::uint32_t scope, std::uint32_t index) {
  return list_of(scope, index);
}

const ColumnResolver::ColumnList& ColumnResolver::list_of(std::uint32_t scope, std::uint32_t index) {
  const std::uint64_t key = std::uint64_t{scope} << 32U | index;
  const auto [entry, is_new] = lists_.try_emplace(key, &memory_);
  if (!is_new) return entry->second;
  // Who comes here again meanwhile, through WITH RECURSIVE, meets a list that is not known.
  entry->second.more = true;
  if (depth_ >= kMaxDepth) return entry->second;
  ++depth_;
  ColumnList list(&memory_);
  if (index == kNoIndex)
    list_outputs(scope, list);
  else
    list_columns(scope, index, list);
  --depth_;
  if (!spend(list.columns.size() + 1)) {
    list.columns.clear();
    list.more = true;
  }
  entry->second = std::move(list);
  return entry->second;
}

void ColumnResolver::list_columns(std::uint32_t scope, std::uint32_t index, ColumnList& list) {
  const RangeItem& range = item(scope, index);
  switch (range.kind) {
    case Kind::relation: list_relation(scope, index, list); break;
    case Kind::common_table:
    case Kind::query: list_query(scope, index, list); break;
    case Kind::join: list_join(scope, index, list); break;
    case Kind::opaque: list.more = true; break;
  }
  rename(range.column_names, list);
}

void ColumnResolver::list_outputs(std::uint32_t scope, ColumnList& list) {
  const QueryScope& query = shape_.scopes[scope];
  if (query.left != kNoIndex) {
    const ColumnList& first = outputs_of(naming_scope(scope));
    list.more = first.more;
    for (std::uint32_t i = 0; i < first.columns.size(); ++i) {
      list.columns.push_back({first.columns[i].name, first.columns[i].certain, {scope, kNoIndex, i, {}}});
    }
    return;
  }
  list.more = query.more_outputs;
  for (std::uint32_t i = 0; i < query.outputs.size(); ++i) {
    const OutputColumn& output = query.outputs[i];
    if (output.star) {
      list_star(scope, i, list);
      continue;
    }
    const bool certain = output.naming == OutputColumn::Naming::written;
    list.more |= output.naming == OutputColumn::Naming::unknown;
    list.columns.push_back({output.name, certain, {scope, kNoIndex, i, {}}});
  }
}

void ColumnResolver::list_star(std::uint32_t scope, std::uint32_t output, ColumnList& list) {
  const auto is_it = [&](const ColumnUse& use) { return use.star && use.output == output && use.place.scope == scope; };
  if (!spend(shape_.uses.size())) {
    list.more = true;
    return;
  }
  const auto use = std::ranges::find_if(shape_.uses, is_it);
  if (use == shape_.uses.end()) {
    list.more = true;
    return;
  }
  const auto& items = shape_.scopes[scope].items;
  if (use->relation.empty()) {
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      if (items[i].join == kNoIndex) list_all_of(scope, i, list);
    }
    return;
  }
  for (Place place = use->place; place.scope != kNoIndex; place = shape_.scopes[place.scope].outer) {
    const auto& seen = shape_.scopes[place.scope].items;
    for (std::uint32_t i = 0; i < seen.size(); ++i) {
      if (!spend(1) || !is_visible(place, i)) continue;
      const Found called = is_called(*use, use->relation, seen[i]);
      if (called == Found::no) continue;
      const bool is_whole = called == Found::yes && seen[i].name == use->relation;
      if (!is_whole) break;
      return list_all_of(place.scope, i, list);
    }
  }
  list.more = true;
}

void ColumnResolver::list_all_of(std::uint32_t scope, std::uint32_t index, ColumnList& list) {
  const ColumnList& columns = columns_of(scope, index);
  list.columns.insert(list.columns.end(), columns.columns.begin(), columns.columns.end());
  list.more |= columns.more;
}

void ColumnResolver::list_relation(std::uint32_t scope, std::uint32_t index, ColumnList& list) {
  const auto& all = candidates_[item(scope, index).source].all;
  if (all.size() != 1 || all.front().relation == nullptr || all.front().relation->columns.empty()) {
    list.more = true;
    return;
  }
  std::uint32_t position = 0;
  for (const CatalogColumn& column : all.front().relation->columns) {
    list.columns.push_back({column.name, true, {scope, index, position++, column.name}});
  }
}

void ColumnResolver::list_query(std::uint32_t scope, std::uint32_t index, ColumnList& list) {
  const RangeItem& range = item(scope, index);
  const std::uint32_t query = query_of(range);
  if (query == kNoIndex) {
    list.more = true;
    return;
  }
  const ColumnList& outputs = outputs_of(query);
  list.more = outputs.more;
  for (std::uint32_t i = 0; i < outputs.columns.size(); ++i) {
    list.columns.push_back({outputs.columns[i].name, outputs.columns[i].certain, {scope, index, i, {}}});
  }
  if (range.kind != Kind::common_table) return;
  const CommonTable& table = shape_.common_tables[range.source];
  list.more |= table.more_columns;
  rename(table.column_names, list);
}

// Merged columns first, then what is left of the left side, then of the right.
void ColumnResolver::list_join(std::uint32_t scope, std::uint32_t index, ColumnList& list) {
  const RangeItem& join = item(scope, index);
  if (join.left == kNoIndex || join.right == kNoIndex) {
    list.more = true;
    return;
  }
  const ColumnList& left = columns_of(scope, join.left);
  const ColumnList& right = columns_of(scope, join.right);
  list.more = left.more || right.more;
  const auto find = [](const ColumnList& side, std::string_view name) {
    return std::ranges::find(side.columns, name, &NamedColumn::name);
  };
  std::pmr::vector<std::string_view> shared(join.shared.begin(), join.shared.end(), &memory_);
  if (join.natural) {
    if (!spend(left.columns.size() * right.columns.size())) return;
    for (const NamedColumn& column : left.columns) {
      if (find(right, column.name) != right.columns.end()) shared.push_back(column.name);
    }
  }
  for (const std::string_view name : shared) {
    const auto on_left = find(left, name);
    const auto on_right = find(right, name);
    NamedColumn merged{name, true, {}};
    if (on_left != left.columns.end()) merged.leaf = on_left->leaf;
    if (on_right != right.columns.end()) (merged.leaf.scope == kNoIndex ? merged.leaf : merged.other) = on_right->leaf;
    list.columns.push_back(merged);
  }
  for (const ColumnList* side : {&left, &right}) {
    if (!spend(side->columns.size() * shared.size())) return;
    for (const NamedColumn& column : side->columns) {
      if (std::ranges::find(shared, column.name) == shared.end()) list.columns.push_back(column);
    }
  }
}

// Gives the first columns the names of an alias. When not all columns are listed nobody knows which ones those are.
void ColumnResolver::rename(const std::vector<std::string>& names, ColumnList& list) const {
  if (list.more && !names.empty()) {
    for (NamedColumn& column : list.columns) column.certain = false;
    for (const std::string& name : names) list.columns.push_back({name, true, {}});
    return;
  }
  for (std::size_t i = 0; i < std::min(names.size(), list.columns.size()); ++i) {
    list.columns[i].name = names[i];
    list.columns[i].certain = true;
  }
}

}  // namespace sqlproxy::pipeline
