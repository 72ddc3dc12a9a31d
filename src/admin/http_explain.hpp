#pragma once

#include <string_view>

#include "admin/http_message.hpp"
#include "frontend/snapshot.hpp"

namespace sqlproxy::admin {

// POST /api/v1/explain: what the policy in force says of a text, and why, in the form of `sql-proxy explain --json`.
// `body` is a JSON object with the strings "sql", "user" and "database". Names are resolved against the catalog that
// the proxy has of that database; while it has none yet, by the text alone. Executes nothing.
[[nodiscard]] HttpResponse explain_request(const frontend::Snapshot& snapshot, std::string_view body);

}  // namespace sqlproxy::admin
