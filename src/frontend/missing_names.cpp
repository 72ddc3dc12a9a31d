#include "frontend/missing_names.hpp"

#include "core/sqlstate.hpp"

namespace sqlproxy::frontend {

const std::string* MissingNames::reason_of(const wire::ErrorResponse& error) const {
  if (reasons_.empty() || error.sqlstate() != core::sqlstate::kInvalidSqlStatementName) return nullptr;
  for (const auto& [name, reason] : reasons_) {
    if (error.message().find('"' + name + '"') != std::string_view::npos) return &reason;
  }
  return nullptr;
}

}  // namespace sqlproxy::frontend
