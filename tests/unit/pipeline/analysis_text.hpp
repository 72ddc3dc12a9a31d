#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/analyzer.hpp"

// Analyses as short texts, so that a table of statements reads like one.
namespace sqlproxy::pipeline::test {

[[nodiscard]] inline std::string name_text(const QualifiedName& name) {
  std::string out;
  if (!name.catalog.empty()) out += name.catalog + ".";
  out += name.schema;
  if (!name.schema.empty() && !name.name.empty()) out += ".";
  return out + name.name;
}

[[nodiscard]] inline std::string types_text(StatementTypes types) {
  std::string out;
  for (int i = 0; i <= static_cast<int>(StatementType::unparsed); ++i) {
    const auto type = static_cast<StatementType>(i);
    if (types.contains(type)) out += (out.empty() ? "" : "+") + std::string(to_string(type));
  }
  return out;
}

[[nodiscard]] inline std::string_view kind_text(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::relation: return "";
    case ObjectKind::type: return "type ";
    case ObjectKind::function: return "function ";
    case ObjectKind::schema: return "schema ";
    case ObjectKind::database: return "database";
  }
  return "?";
}

// "[new ][temp ][kind ]name: TYPE+TYPE[ any-of TYPE+TYPE][ spared]"
[[nodiscard]] inline std::string object_text(const ObjectRef& object) {
  std::string out = object.created ? "new " : "";
  if (object.temporary) out += "temp ";
  out += std::string(kind_text(object.kind)) + name_text(object.name) + ": " + types_text(object.required);
  if (!object.any_of.empty()) out += " any-of " + types_text(object.any_of);
  if (object.spares_sensitive_columns) out += " spared";
  return out;
}

// "name/arguments" with the constant ones in parentheses; "(x).name" for attribute notation.
[[nodiscard]] inline std::string function_text(const FunctionRef& function) {
  if (function.attribute_notation) return "(x)." + name_text(function.name);
  std::string out = name_text(function.name) + "/" + std::to_string(function.argument_count);
  for (const auto& constant : function.constant_arguments) out += constant ? " '" + *constant + "'" : " -";
  return out;
}

[[nodiscard]] inline std::string setting_text(const SettingChange& change) {
  constexpr std::string_view kKinds[] = {"set ", "local ", "reset ", "reset all"};
  std::string out(kKinds[static_cast<std::size_t>(change.kind)]);
  out += change.name_known ? change.name : "?";
  if (change.values) {
    out += " =";
    for (const std::string& value : *change.values) out += " '" + value + "'";
  }
  if (change.by_function) out += " by-function";
  if (change.conditional) out += " conditional";
  if (change.name_from_settings_view) out += " from-view";
  return out;
}

using Texts = std::vector<std::string>;

[[nodiscard]] inline Texts object_texts(const Statement& statement) {
  Texts out;
  for (const ObjectRef& object : statement.objects) out.push_back(object_text(object));
  return out;
}

[[nodiscard]] inline Texts function_texts(const Statement& statement) {
  Texts out;
  for (const FunctionRef& function : statement.functions) out.push_back(function_text(function));
  return out;
}

[[nodiscard]] inline Texts operator_texts(const Statement& statement) {
  Texts out;
  for (const OperatorRef& each : statement.operators) out.push_back(name_text(each.name));
  return out;
}

[[nodiscard]] inline Texts type_texts(const Statement& statement) {
  Texts out;
  for (const TypeRef& each : statement.types) out.push_back(name_text(each.name));
  return out;
}

[[nodiscard]] inline Texts setting_texts(const Statement& statement) {
  Texts out;
  for (const SettingChange& change : statement.settings) out.push_back(setting_text(change));
  return out;
}

// The only statement of a text that must have exactly one; an empty one, and a failed test, otherwise.
[[nodiscard]] inline Statement analyze_one(std::string_view sql) {
  Analysis analysis = analyze(sql);
  if (analysis.error) {
    ADD_FAILURE() << analysis.error->message << ": " << sql;
    return {};
  }
  if (analysis.statements.size() != 1) {
    ADD_FAILURE() << analysis.statements.size() << " statements: " << sql;
    return {};
  }
  return std::move(analysis.statements.front());
}

}  // namespace sqlproxy::pipeline::test
