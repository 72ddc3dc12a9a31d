#pragma once

#include "pipeline/analysis.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::pipeline {

// Whether relations or types may go by other names, be in other schemas, be gone or have come behind the statement.
[[nodiscard]] bool changes_names(const Statement& statement);

// Notes which in NameScope::changed_names and made_names. Never taken back, not by a ROLLBACK either: it only asks for
// more.
void note_changed_names(const Statement& statement, NameScope& scope);

}  // namespace sqlproxy::pipeline
