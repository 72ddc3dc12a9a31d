#include "pipeline/shape_recorder.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/output_name.hpp"

namespace sqlproxy::pipeline {
namespace {

// How far back a repetition is looked for, as in ReferenceCollector.
constexpr std::size_t kLookBack = 16;

[[nodiscard]] std::uint32_t index32(std::size_t size) {
  return static_cast<std::uint32_t>(size);
}

[[nodiscard]] std::vector<std::string> texts_of(const List* names) {
  std::vector<std::string> texts;
  texts.reserve(cells(names).size());
  for (const ListCell& cell : cells(names)) texts.emplace_back(text_of(node_in(cell)));
  return texts;
}

[[nodiscard]] std::string_view name_in(const Node* node) {
  return is(node, T_ResTarget) ? text_of(as<ResTarget>(node).name) : text_of(node);
}

}  // namespace

std::uint32_t ShapeRecorder::open_scope(const Place& outer, std::uint32_t output, const ScopeTaker& taker) {
  ++parts_;
  const std::uint32_t index = index32(shape_.scopes.size());
  QueryScope& scope = shape_.scopes.emplace_back();
  scope.outer = outer;
  scope.outer_output = output;
  using Kind = ScopeTaker::Kind;
  switch (taker.kind) {
    case Kind::result: shape_.result = index; break;
    case Kind::left_side: shape_.scopes[taker.owner].left = index; break;
    case Kind::right_side: shape_.scopes[taker.owner].right = index; break;
    case Kind::item: shape_.scopes[taker.owner].items[taker.item].source = index; break;
    case Kind::common_table: shape_.common_tables[taker.owner].scope = index; break;
    case Kind::direct_use: shape_.direct[taker.owner].source = index; break;
    case Kind::nobody: break;
  }
  const bool own_query = taker.kind == Kind::nobody || taker.kind == Kind::item || taker.kind == Kind::common_table;
  if (own_query && (outer.scope != kNoIndex || taker.kind == Kind::common_table)) shape_.has_sub_query = true;
  return index;
}

std::uint32_t ShapeRecorder::add_common_tables(const WithClause& with) {
  const std::uint32_t first = index32(shape_.common_tables.size());
  for (const ListCell& cell : cells(with.ctes)) {
    const CommonTableExpr& table = as<CommonTableExpr>(node_in(cell));
    ++parts_;
    CommonTable& added = shape_.common_tables.emplace_back();
    added.column_names = texts_of(table.aliascolnames);
    added.more_columns = table.search_clause != nullptr || table.cycle_clause != nullptr;
  }
  return first;
}

RangeItem& ShapeRecorder::add_item(std::uint32_t scope, std::uint32_t join, const Alias* alias, std::string_view name) {
  ++parts_;
  std::vector<RangeItem>& items = shape_.scopes[scope].items;
  const std::uint32_t index = index32(items.size());
  RangeItem item;
  item.join = join;
  item.aliased = alias != nullptr;
  item.name = alias != nullptr ? text_of(alias->aliasname) : name;
  if (alias != nullptr) item.column_names = texts_of(alias->colnames);
  if (join != kNoIndex) {
    RangeItem& around = items[join];
    (around.left == kNoIndex ? around.left : around.right) = index;
    item.hidden_by = around.aliased ? join : around.hidden_by;
  }
  items.push_back(std::move(item));
  if (join == kNoIndex && index > 0) shape_.has_join = true;
  return items.back();
}

std::uint32_t ShapeRecorder::add_relation(std::uint32_t scope, std::uint32_t join, const RangeVar& relation,
                                          std::uint32_t object) {
  RangeItem& item = add_item(scope, join, relation.alias, text_of(relation.relname));
  item.kind = RangeItem::Kind::relation;
  item.source = object;
  return index32(shape_.scopes[scope].items.size() - 1);
}

std::uint32_t ShapeRecorder::add_common_table(std::uint32_t scope, std::uint32_t join, const RangeVar& relation,
                                              std::uint32_t table) {
  RangeItem& item = add_item(scope, join, relation.alias, text_of(relation.relname));
  item.kind = RangeItem::Kind::common_table;
  item.source = table;
  return index32(shape_.scopes[scope].items.size() - 1);
}

std::uint32_t ShapeRecorder::add_query(std::uint32_t scope, std::uint32_t join, const Alias* alias) {
  add_item(scope, join, alias, {}).kind = RangeItem::Kind::query;
  return index32(shape_.scopes[scope].items.size() - 1);
}

std::uint32_t ShapeRecorder::add_opaque(std::uint32_t scope, std::uint32_t join, const Alias* alias,
                                        std::string_view name) {
  add_item(scope, join, alias, name).kind = RangeItem::Kind::opaque;
  return index32(shape_.scopes[scope].items.size() - 1);
}

std::uint32_t ShapeRecorder::add_join(std::uint32_t scope, std::uint32_t join, const JoinExpr& expression) {
  RangeItem& item = add_item(scope, join, expression.alias, {});
  item.kind = RangeItem::Kind::join;
  item.natural = expression.isNatural;
  item.shared = texts_of(expression.usingClause);
  if (expression.join_using_alias != nullptr) item.shared_name = text_of(expression.join_using_alias->aliasname);
  shape_.has_join = true;
  return index32(shape_.scopes[scope].items.size() - 1);
}

void ShapeRecorder::add_excluded(std::uint32_t scope, std::uint32_t object) {
  RangeItem& item = add_item(scope, kNoIndex, nullptr, "excluded");
  item.kind = RangeItem::Kind::relation;
  item.aliased = true;
  item.source = object;
}

std::uint32_t ShapeRecorder::add_output(std::uint32_t scope, const ResTarget& target) {
  ++parts_;
  std::vector<OutputColumn>& outputs = shape_.scopes[scope].outputs;
  const bool is_star = is(target.val, T_ColumnRef) && !is_plain_column(target.val);
  const bool is_row_star =
      is(target.val, T_A_Indirection) && is(node_in(cells(as<A_Indirection>(target.val).indirection).back()), T_A_Star);
  if (is_star) {
    outputs.push_back(OutputColumn{.star = true});
    shape_.has_star = true;
  } else if (is_row_star) {
    // `(expression).*`: as many columns as the row has.
    outputs.push_back(OutputColumn{.naming = OutputColumn::Naming::unknown});
    shape_.scopes[scope].more_outputs = true;
    shape_.has_star = true;
  } else {
    outputs.push_back(named_output(target));
  }
  return index32(outputs.size() - 1);
}

void ShapeRecorder::add_value_outputs(std::uint32_t scope, std::size_t count) {
  shape_.scopes[scope].is_values = true;
  for (std::size_t i = 0; i < count; ++i) {
    ++parts_;
    shape_.scopes[scope].outputs.push_back(OutputColumn{.name = "column" + std::to_string(i + 1)});
  }
}

void ShapeRecorder::note_call(const Place& place, std::uint32_t output, std::string_view function) {
  if (place.scope == kNoIndex || output == kNoIndex) return;
  std::vector<std::string>& calls = shape_.scopes[place.scope].outputs[output].calls;
  if (calls.size() < kLookBack && std::ranges::find(calls, function) == calls.end()) calls.emplace_back(function);
}

void ShapeRecorder::add_use(const ColumnRef& column, const Place& place, std::uint32_t output, bool filters,
                            ColumnUse::Lookup lookup) {
  if (place.scope == kNoIndex) return;
  const auto fields = cells(column.fields);
  // From the right: column, relation, schema. A database in front changes nothing.
  const auto field = [fields](std::size_t from_the_end) {
    return from_the_end < fields.size() ? text_of(node_in(fields[fields.size() - 1 - from_the_end])) : "";
  };
  ColumnUse use;
  use.place = place;
  use.lookup = lookup;
  use.star = is(node_in(fields.back()), T_A_Star);
  use.filters = filters;
  use.output = output;
  use.schema = field(2);
  use.relation = field(1);
  use.column = field(0);
  auto& uses = shape_.uses;
  const std::size_t near = std::min(uses.size(), kLookBack);
  if (std::find(uses.end() - static_cast<std::ptrdiff_t>(near), uses.end(), use) != uses.end()) return;
  ++parts_;
  if (!overflowed()) uses.push_back(std::move(use));
}

DirectUse& ShapeRecorder::direct(std::size_t object, StatementType type) {
  ++parts_;
  DirectUse& use = shape_.direct.emplace_back();
  use.object = index32(object);
  use.type = type;
  return use;
}

std::uint32_t ShapeRecorder::add_direct(std::size_t object, StatementType type, const List* names) {
  DirectUse& use = direct(object, type);
  for (const ListCell& cell : cells(names)) {
    ++parts_;
    use.columns.emplace_back(name_in(node_in(cell)));
  }
  return index32(shape_.direct.size() - 1);
}

void ShapeRecorder::add_direct_every(std::size_t object, StatementType type) {
  direct(object, type).every = true;
}

void ShapeRecorder::add_read(std::size_t object, std::string_view column) {
  DirectUse& use = direct(object, StatementType::select);
  if (column.empty())
    use.every = true;
  else
    use.columns.emplace_back(column);
}

void ShapeRecorder::note_limit(const Node* count) {
  if (!is(count, T_A_Const) || as<A_Const>(count).isnull || !is(&as<A_Const>(count).val.node, T_Integer)) return;
  shape_.limit = as<A_Const>(count).val.ival.ival;
}

void ShapeRecorder::finish() {
  for (QueryScope& scope : shape_.scopes) {
    for (std::size_t i = scope.items.size(); i > 0; --i) {
      RangeItem& item = scope.items[i - 1];
      item.end = std::max(item.end, index32(i));
      if (item.join != kNoIndex) {
        RangeItem& around = scope.items[item.join];
        around.end = std::max(around.end, item.end);
      }
    }
  }
}

}  // namespace sqlproxy::pipeline
