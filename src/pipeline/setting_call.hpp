#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/pg_query_tree.hpp"

namespace sqlproxy::pipeline {

// What a constant stands for as a setting's or an argument's text: strings as they are, numbers in digits. Nothing for
// NULL and for what is not a constant.
[[nodiscard]] std::optional<std::string> constant_text(const Node* node);

// The string of a string constant, also through a cast that cannot change it ('x'::text, 't'::regclass).
[[nodiscard]] std::optional<std::string> string_constant(const Node* node);

// Whether the call is one of set_config, as far as its name tells.
[[nodiscard]] bool is_set_config(const FuncCall& call);

// What a call of set_config changes. `certain`: the call is made exactly once.
[[nodiscard]] SettingChange read_set_config(const FuncCall& call, bool certain);

// SELECT with nothing but calls of set_config: each is made exactly once if the statement is the whole of it.
[[nodiscard]] bool only_sets(const SelectStmt& select);

// pg_settings, which has a rule that turns an UPDATE of it into set_config.
[[nodiscard]] bool names_settings_view(const RangeVar& relation);

// SELECT ... FROM pg_settings WHERE name = '...' or name IN (...): how programs read a setting, and with
// set_config(name,
// ...) for its only column change one, where the server may not have it. Nothing else may stand in WHERE, where it
// could see other rows first; and nothing around the query, whose conditions PostgreSQL could move into it.
struct SettingsViewQuery {
  const RangeVar* view = nullptr;  // null: the query has another shape
  std::vector<std::string> names;  // lower case
  const FuncCall* call = nullptr;  // of set_config, if it is there
};
// `select` is the whole statement. Views of the tree.
[[nodiscard]] SettingsViewQuery read_settings_view_query(const SelectStmt& select);
// What the call changes; the query must have one.
[[nodiscard]] SettingChange read_settings_view_call(const SettingsViewQuery& query);

// What SET, RESET and their relatives change, several for SET SESSION CHARACTERISTICS and none for SET TRANSACTION.
void read_setting_statement(const VariableSetStmt& set, std::vector<SettingChange>& changes);

}  // namespace sqlproxy::pipeline
