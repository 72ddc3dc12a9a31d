#include "pipeline/setting_call.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace sqlproxy::pipeline {
namespace {

[[nodiscard]] std::string lower_case(std::string_view name) {
  std::string out(name);
  // PostgreSQL compares settings' names as ASCII (guc_name_compare).
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

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

SettingChange read_set_config(const FuncCall& call, bool certain) {
  using Kind = SettingChange::Kind;
  SettingChange change{.kind = Kind::set, .name_known = false, .by_function = true, .conditional = !certain};
  const bool positional =
      cells(call.args).size() == 3 && !call.func_variadic &&
      std::ranges::none_of(cells(call.args), [](const ListCell& cell) { return is(node_in(cell), T_NamedArgExpr); });
  if (!positional) return change;
  const std::optional<std::string> name = string_constant(node_at(call.args, 0));
  if (!name) return change;
  change.name = lower_case(*name);
  change.name_known = true;
  const std::optional<bool> is_local = boolean_constant(node_at(call.args, 2));
  // Without a known scope the value cannot be relied on either: it may end with the transaction.
  if (!is_local) return change;
  if (*is_local) change.kind = Kind::set_local;
  const Node* value = node_at(call.args, 1);
  if (const std::optional<std::string> text = string_constant(value)) {
    change.values = std::vector{*text};
  } else if (is_null(value) && !*is_local) {
    change.kind = Kind::reset;
  }
  return change;
}

void read_setting_statement(const VariableSetStmt& set, std::vector<SettingChange>& changes) {
  using Kind = SettingChange::Kind;
  SettingChange change{.kind = set.is_local ? Kind::set_local : Kind::set, .name = lower_case(text_of(set.name))};
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
