#pragma once

#include <optional>
#include <string>

namespace sqlproxy::testing {

// Holds the analyzer against libpg_query's own JSON serialiser, which was written from the same node definitions by
// others and visits every field: whatever name that one finds anywhere in a statement's tree (relations, functions,
// operators, types, attributes), the analysis must have, and errors must be the same.
//
// Nothing when they agree, otherwise the first difference. The serialiser is recursive: not for deeply nested texts.
[[nodiscard]] std::optional<std::string> analyzer_difference(const std::string& sql);

}  // namespace sqlproxy::testing
