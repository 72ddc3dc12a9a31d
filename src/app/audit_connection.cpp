#include "app/audit_connection.hpp"

#include <utility>

namespace sqlproxy::app {

AuditConnection::AuditConnection(backend::ConnectionParameters parameters, std::stop_token stop)
    : connection_(std::move(parameters), std::move(stop)) {}

core::Status AuditConnection::open() {
  return connection_.open();
}

core::Result<std::vector<audit::SqlConnection::Row>> AuditConnection::query(const std::string& sql,
                                                                            std::span<const std::string> values) {
  return connection_.query(sql, values);
}

core::Status AuditConnection::run(const std::string& script, std::string_view rows) {
  return connection_.run(script, rows);
}

}  // namespace sqlproxy::app
