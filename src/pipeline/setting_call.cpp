#include "pipeline/setting_call.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "pipeline/ascii_case.hpp"

namespace sqlproxy::pipeline {
namespace {

// Types whose input keeps a string as it is. A domain of that name in the search path keeps it too.
[[nodiscard]] bool keeps_strings(const TypeName& type) {
  constexpr std::array<std::string_view, 5> kTypes{"text", "varchar", "name", "regclass", "cstring"};
  const auto parts = cells(type.names);
  if (parts.empty() || type.typmods != nullptr || type.arrayBounds != nullptr) return false;
  const bool system = parts.size() == 1 || (parts.size() == 2 && text_of(node_in(parts[0])) == "pg_catalog");
  return system && std::ranges::find(kTypes, text_of(node_in(parts.back()))) != kTypes.end();
}

[[nodiscard]] const Node* without_casts(const Node* node) {
  while (is(node, T_TypeCast)) node = as<TypeCast>(node).arg;
  return node;
}

[[nodiscard]] std::optional<bool> boolean_constant(const Node* node) {
  node = without_casts(node);
  if (!is(node, T_A_Const) || as<A_Const>(node).isnull) return std::nullopt;
  const A_Const& constant = as<A_Const>(node);
  if (nodeTag(&constant.val.node) == T_Boolean) return constant.val.boolval.boolval;
  const std::optional<std::string> text = constant_text(node);
  if (text == "t" || text == "true") return true;
  if (text == "f" || text == "false") return false;
  return std::nullopt;
}

[[nodiscard]] bool is_null(const Node* node) {
  node = without_casts(node);
  return is(node, T_A_Const) && as<A_Const>(node).isnull;
}

}  // namespace

std::optional<std::string> constant_text(const Node* node) {
  if (!is(node, T_A_Const) || as<A_Const>(node).isnull) return std::nullopt;
  const A_Const& constant = as<A_Const>(node);
  switch (nodeTag(&constant.val.node)) {
    case T_String: return std::string(text_of(constant.val.sval.sval));
    case T_Integer: return std::to_string(constant.val.ival.ival);
    case T_Float: return std::string(text_of(constant.val.fval.fval));
    case T_Boolean: return constant.val.boolval.boolval ? "true" : "false";
    default: return std::nullopt;
  }
}

std::optional<std::string> string_constant(const Node* node) {
  while (is(node, T_TypeCast)) {
    const TypeCast& cast = as<TypeCast>(node);
    if (!keeps_strings(*cast.typeName)) return std::nullopt;
    node = cast.arg;
  }
  if (!is(node, T_A_Const) || as<A_Const>(node).isnull) return std::nullopt;
  const A_Const& constant = as<A_Const>(node);
  if (nodeTag(&constant.val.node) != T_String) return std::nullopt;
  return std::string(text_of(constant.val.sval.sval));
}

bool is_set_config(const FuncCall& call) {
  const auto parts = cells(call.funcname);
  if (parts.empty() || text_of(node_in(parts.back())) != "set_config") return false;
  return parts.size() == 1 || text_of(node_in(parts[parts.size() - 2])) == "pg_catalog";
}

namespace {

[[nodiscard]] bool is_positional(const FuncCall& call) {
  return cells(call.args).size() == 3 && !call.func_variadic &&
         std::ranges::none_of(cells(call.args), [](const ListCell& cell) { return is(node_in(cell), T_NamedArgExpr); });
}

// Of a positional call that changes the setting `name`.
[[nodiscard]] SettingChange read_change(const FuncCall& call, std::string_view name, bool certain) {
  using Kind = SettingChange::Kind;
  SettingChange change{.name = ascii_lower(name), .by_function = true, .conditional = !certain};
  const std::optional<bool> is_local = boolean_constant(node_at(call.args, 2));
  // Without a known scope the value cannot be relied on either: it may end with the transaction.
  if (!is_local) return change;
  if (*is_local) change.kind = Kind::set_local;
  const Node* value = node_at(call.args, 1);
  if (const std::optional<std::string> text = string_constant(value)) {
    change.values = std::vector{*text};
  } else if (is_null(value) && !*is_local && certain) {
    // One that may not be made leaves the value unknown instead.
    change.kind = Kind::reset;
  }
  return change;
}

// Has a list and may have FROM and WHERE, and nothing else.
[[nodiscard]] bool is_plain_query(const SelectStmt& select) {
  return select.op == SETOP_NONE && select.distinctClause == nullptr && select.intoClause == nullptr &&
         select.groupClause == nullptr && select.havingClause == nullptr && select.limitOffset == nullptr &&
         select.limitCount == nullptr && select.withClause == nullptr && select.valuesLists == nullptr;
}

// `name`, or `view.name`.
[[nodiscard]] bool is_name_column(const Node* node, const RangeVar& view) {
  if (!is(node, T_ColumnRef)) return false;
  const auto fields = cells(as<ColumnRef>(node).fields);
  if (text_of(node_in(fields.back())) != "name" || fields.size() > 2) return false;
  const char* reference = view.alias != nullptr ? view.alias->aliasname : view.relname;
  return fields.size() == 1 || text_of(node_in(fields[0])) == text_of(reference);
}

[[nodiscard]] const RangeVar* only_settings_view(const SelectStmt& select) {
  const Node* item = node_at(select.fromClause, 0);
  if (!is_plain_query(select) || cells(select.fromClause).size() != 1 || !is(item, T_RangeVar)) return nullptr;
  const RangeVar& relation = as<RangeVar>(item);
  const bool renames = relation.alias != nullptr && relation.alias->colnames != nullptr;
  return names_settings_view(relation) && relation.catalogname == nullptr && !renames ? &relation : nullptr;
}

// The constants of `name = '...'` or `name IN ('...', ...)`; empty for any other condition.
[[nodiscard]] std::vector<std::string> compared_names(const Node* condition, const RangeVar& view) {
  if (!is(condition, T_A_Expr)) return {};
  const A_Expr& comparison = as<A_Expr>(condition);
  const bool listed = comparison.kind == AEXPR_IN;
  const bool equals = (listed || comparison.kind == AEXPR_OP) && cells(comparison.name).size() == 1 &&
                      text_of(node_at(comparison.name, 0)) == "=";
  if (!equals || !is_name_column(comparison.lexpr, view)) return {};
  std::vector<std::string> names;
  const auto add = [&names](const Node* value) {
    // Not through a cast: it could make the comparison another one.
    const std::optional<std::string> name = is(value, T_A_Const) ? string_constant(value) : std::nullopt;
    if (name) names.push_back(ascii_lower(*name));
    return name.has_value();
  };
  const auto list =
      listed && is(comparison.rexpr, T_List) ? cells(&as<List>(comparison.rexpr)) : std::span<const ListCell>();
  const bool constant = listed ? std::ranges::all_of(list, [&](const ListCell& cell) { return add(node_in(cell)); })
                               : add(comparison.rexpr);
  return constant ? names : std::vector<std::string>{};
}

}  // namespace

SettingChange read_set_config(const FuncCall& call, bool certain) {
  const std::optional<std::string> name = is_positional(call) ? string_constant(node_at(call.args, 0)) : std::nullopt;
  if (!name) return SettingChange{.name_known = false, .by_function = true, .conditional = !certain};
  return read_change(call, *name, certain);
}

bool only_sets(const SelectStmt& select) {
  return is_plain_query(select) && select.fromClause == nullptr && select.whereClause == nullptr &&
         std::ranges::all_of(cells(select.targetList), [](const ListCell& cell) {
           const Node* value = as<ResTarget>(node_in(cell)).val;
           return is(value, T_FuncCall) && is_set_config(as<FuncCall>(value));
         });
}

bool names_settings_view(const RangeVar& relation) {
  const std::string_view schema = text_of(relation.schemaname);
  return text_of(relation.relname) == "pg_settings" && (schema.empty() || schema == "pg_catalog");
}

SettingsViewQuery read_settings_view_query(const SelectStmt& select) {
  const RangeVar* view = only_settings_view(select);
  if (view == nullptr) return {};
  SettingsViewQuery query{.view = view, .names = compared_names(select.whereClause, *view)};
  if (query.names.empty()) return {};
  if (query.names.size() > 1 || cells(select.targetList).size() != 1) return query;
  const Node* value = as<ResTarget>(node_at(select.targetList, 0)).val;
  if (!is(value, T_FuncCall)) return query;
  const FuncCall& call = as<FuncCall>(value);
  if (is_set_config(call) && is_positional(call) && is_name_column(node_at(call.args, 0), *view)) query.call = &call;
  return query;
}

SettingChange read_settings_view_call(const SettingsViewQuery& query) {
  SettingChange change = read_change(*query.call, query.names.front(), false);
  change.name_from_settings_view = true;
  return change;
}

void read_setting_statement(const VariableSetStmt& set, std::vector<SettingChange>& changes) {
  using Kind = SettingChange::Kind;
  SettingChange change{.kind = set.is_local ? Kind::set_local : Kind::set, .name = ascii_lower(text_of(set.name))};
  switch (set.kind) {
    case VAR_SET_VALUE: {
      std::vector<std::string> values;
      for (const ListCell& cell : cells(set.args)) {
        std::optional<std::string> value = constant_text(node_in(cell));
        if (!value) {  // SET TIME ZONE INTERVAL ...
          changes.push_back(std::move(change));
          return;
        }
        values.push_back(std::move(*value));
      }
      change.values = std::move(values);
      break;
    }
    case VAR_SET_DEFAULT:
      // SET LOCAL x TO DEFAULT lasts as long as the transaction, unlike RESET.
      if (!set.is_local) change.kind = Kind::reset;
      break;
    case VAR_RESET: change.kind = Kind::reset; break;
    case VAR_RESET_ALL: change = SettingChange{.kind = Kind::reset_all}; break;
    case VAR_SET_CURRENT: break;
    case VAR_SET_MULTI:
      if (change.name != "session characteristics") return;
      for (const ListCell& cell : cells(set.args)) {
        const DefElem& mode = as<DefElem>(node_in(cell));
        SettingChange one{.kind = Kind::set, .name = "default_" + std::string(text_of(mode.defname))};
        if (std::optional<std::string> value = constant_text(mode.arg)) one.values = std::vector{std::move(*value)};
        changes.push_back(std::move(one));
      }
      return;
  }
  changes.push_back(std::move(change));
}

}  // namespace sqlproxy::pipeline
