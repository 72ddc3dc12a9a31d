#pragma once

#include <string>

#include "pipeline/explain.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::admin {

// The explanation as a JSON object (docs/explain.md), for `sql-proxy explain --json` and the HTTP API. Members that the
// audit has too are called as there. Invalid UTF-8 is replaced.
[[nodiscard]] std::string explanation_json(const pipeline::Explanation& explanation, const pipeline::Subject& subject,
                                           const std::string& database);

}  // namespace sqlproxy::admin
