#pragma once

#include <filesystem>
#include <ostream>
#include <span>

namespace sqlproxy::app {

// `sql-proxy audit verify`: the first faults and a summary to `out`. Returns the exit code.
[[nodiscard]] int audit_verify(std::span<const std::filesystem::path> files, std::ostream& out);

}  // namespace sqlproxy::app
