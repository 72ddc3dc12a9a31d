#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "pipeline/analysis.hpp"
#include "pipeline/judge_arbiter.hpp"
#include "pipeline/statement_type.hpp"

namespace sqlproxy::pipeline {

// What a denial says to the client: message as PostgreSQL's, the rule and its reason in the DETAIL, what would help in
// the HINT. Objects are called as the statement calls them, and relations are always "table": whether one exists, and
// as what, cannot be told from the answer.

// An object that was asked about, in the words of the statement.
struct AskedObject {
  // As in PostgreSQL's messages: "table", "function", "schema", "type", "operator", "database".
  std::string_view noun;
  // Without its schema, for the message.
  std::string_view name;
  // As written, for DETAIL and HINT.
  std::string written;
  StatementType type;
  // The column that is denied, when one was asked for by name.
  std::string_view column{};
  // The columns that would be allowed in the place of all of them.
  std::vector<std::string_view> permitted{};
};

[[nodiscard]] core::Error object_denied(const AskedObject& object, const Ruling& ruling);
[[nodiscard]] core::Error setting_denied(std::string_view name, const Ruling& ruling, bool guarded);
// SHOW, DISCARD ... where SESSION is blocked.
[[nodiscard]] core::Error session_denied(const Ruling& ruling);
// SHOW. `name` is "ALL" for all of them.
[[nodiscard]] core::Error setting_hidden(std::string_view name, const Ruling& ruling);
[[nodiscard]] core::Error setting_name_not_constant();
[[nodiscard]] core::Error setting_in_cursor();
[[nodiscard]] core::Error statement_not_understood();
[[nodiscard]] core::Error statement_too_complex();
[[nodiscard]] core::Error foreign_database(const QualifiedName& name);
[[nodiscard]] core::Error catalog_not_loaded(std::string_view database);

// "schema.name" or "name", as the statement has it.
[[nodiscard]] std::string written_name(const QualifiedName& name);

}  // namespace sqlproxy::pipeline
