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

// What SET, RESET and their relatives change, several for SET SESSION CHARACTERISTICS and none for SET TRANSACTION.
void read_setting_statement(const VariableSetStmt& set, std::vector<SettingChange>& changes);

}  // namespace sqlproxy::pipeline
