#include "pipeline/judge_messages.hpp"

#include <algorithm>
#include <cstddef>

#include "core/sqlstate.hpp"

namespace sqlproxy::pipeline {
namespace {

core::Error denied(std::string message, std::string detail, std::string hint) {
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInsufficientPrivilege, std::move(message),
                          std::move(detail), std::move(hint));
}

// `what` is what the rule would have to allow: "SELECT on hr.salaries".
std::string detail_for(const std::string& what, const Ruling& ruling) {
  if (!ruling.match.rule) {
    return ruling.indirect ? "No policy rule allows all that " + what + " leads to."
                           : "No policy rule allows " + what + ".";
  }
  const PolicyRule& rule = *ruling.match.rule;
  std::string detail = "Policy rule \"" + rule.id + "\" blocks " + (ruling.indirect ? "what " : "") + what +
                       (ruling.indirect ? " leads to" : "");
  if (!rule.reason.empty()) detail += ": " + rule.reason;
  if (!detail.ends_with('.')) detail += '.';
  return detail;
}

std::string hint_for(const std::string& what, const Ruling& ruling) {
  std::string hint = "Ask the administrator of the proxy for a policy rule that allows " + what;
  switch (ruling.naming) {
    case Naming::any: break;
    case Naming::schema: hint += " and names the schema"; break;
    case Naming::schema_or_object: hint += " and names it or its schema"; break;
    case Naming::object: hint += " and names it"; break;
  }
  return hint + ".";
}

std::string quoted_identifier(std::string_view name) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const bool is_plain = name.find_first_not_of(kPlain) == std::string_view::npos && (name[0] < '0' || name[0] > '9');
  if (is_plain) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

// As they would be written in a statement. A table may have 1600 columns.
std::string listed(const std::vector<std::string_view>& names) {
  constexpr std::size_t kShown = 100;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    if (i > 0) text += ", ";
    text += quoted_identifier(names[i]);
  }
  return names.size() > kShown ? text + " ..." : text;
}

}  // namespace

core::Error object_denied(const AskedObject& object, const Ruling& ruling) {
  std::string what = std::string(to_string(object.type)) + " on ";
  if (!object.column.empty()) what += "column " + std::string(object.column) + " of ";
  what += object.written;
  std::string hint = hint_for(what, ruling);
  if (!object.permitted.empty()) hint = "These columns are allowed: " + listed(object.permitted) + ". " + hint;
  return denied("permission denied for " + std::string(object.noun) + " " + std::string(object.name),
                detail_for(what, ruling), std::move(hint));
}

core::Error setting_denied(std::string_view name, const Ruling& ruling, bool guarded) {
  std::string message = "permission denied to set parameter \"" + std::string(name) + "\"";
  if (guarded && !ruling.match) {
    return denied(std::move(message), "The parameter is guarded, and no policy rule lists SESSION by name.",
                  "Ask the administrator of the proxy for a policy rule that lists SESSION.");
  }
  return denied(std::move(message), detail_for("SESSION", ruling), hint_for("SESSION", {}));
}

core::Error session_denied(const Ruling& ruling) {
  return denied("permission denied for session statements", detail_for("SESSION", ruling), hint_for("SESSION", {}));
}

core::Error setting_hidden(std::string_view name, const Ruling& ruling) {
  const std::string function = name == "ALL" ? "pg_catalog.pg_show_all_settings" : "pg_catalog.current_setting";
  const std::string what = "EXECUTE on " + function;
  std::string message = name == "ALL" ? "permission denied to examine all parameters"
                                      : "permission denied to examine \"" + std::string(name) + "\"";
  return denied(std::move(message), detail_for(what, ruling), hint_for(what, ruling));
}

core::Error setting_name_not_constant() {
  return denied("permission denied to set a parameter whose name is not a constant",
                "The policy cannot tell which parameter set_config would change.",
                "Write the parameter's name as a string constant.");
}

core::Error setting_in_cursor() {
  return denied("permission denied to set a parameter in the query of a cursor",
                "The policy cannot tell when the parameter would change: rows are computed as they are fetched.",
                "Call set_config in a statement of its own.");
}

core::Error statement_not_understood() {
  return denied("permission denied for a statement that the policy cannot read",
                "What is not understood is not passed on to the server.",
                "Write the statement in a form that PostgreSQL 15 accepts.");
}

core::Error statement_too_complex() {
  return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                          "statement is too complex to analyze");
}

core::Error foreign_database(const QualifiedName& name) {
  // As PostgreSQL's (catalog/namespace.c).
  return core::make_error(
      core::ErrorCode::unsupported, core::sqlstate::kFeatureNotSupported,
      "cross-database references are not implemented: " + name.catalog + "." + name.schema + "." + name.name);
}

core::Error catalog_not_loaded(std::string_view database) {
  return denied("permission denied for database " + std::string(database),
                "The proxy has not read the database's catalog yet, and cannot tell what the names stand for.",
                "Try again in a moment.");
}

std::string written_name(const QualifiedName& name) {
  if (name.schema.empty()) return name.name;
  return name.name.empty() ? name.schema : name.schema + "." + name.name;
}

}  // namespace sqlproxy::pipeline
