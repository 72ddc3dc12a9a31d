#pragma once

#include <optional>
#include <string>

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

// The call in SELECT set_config(name, ...) FROM pg_settings WHERE name = '...', which is how a setting is changed where
// the server has it (pg_dump does so). Null for statements of any other shape.
[[nodiscard]] const FuncCall* settings_view_call(const SelectStmt& select);
// What that call changes.
[[nodiscard]] SettingChange read_settings_view_call(const SelectStmt& select);

// What SET, RESET and their relatives change, several for SET SESSION CHARACTERISTICS and none for SET TRANSACTION.
void read_setting_statement(const VariableSetStmt& set, std::vector<SettingChange>& changes);

}  // namespace sqlproxy::pipeline
