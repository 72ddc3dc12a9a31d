#include "frontend/shown_failure.hpp"

namespace sqlproxy::frontend {

core::Error shown_failure(const backend::LoginFailure& failure, const std::string& database) {
  namespace sqlstate = core::sqlstate;
  const core::SqlState code = failure.error.sqlstate;
  const bool clients_business = code.error_class() == "22" || code.error_class() == "42" ||
                                code.error_class() == "55" || code == sqlstate::kInvalidCatalogName ||
                                code == sqlstate::kTooManyConnections || code == sqlstate::kQueryCanceled ||
                                code == sqlstate::kCannotConnectNow;
  if (failure.cause == backend::LoginFailure::Cause::refused && clients_business) return failure.error;
  return core::make_error(core::ErrorCode::unavailable, sqlstate::kCannotConnectNow,
                          "database \"" + database + "\" is not available",
                          "The proxy could not connect to its server.", "Try again later; the proxy's log says why.");
}

}  // namespace sqlproxy::frontend
