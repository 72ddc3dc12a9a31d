#pragma once

#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "audit/sql_connection.hpp"
#include "backend/connection_parameters.hpp"
#include "backend/text_connection.hpp"

namespace sqlproxy::app {

// The audit's connection to a database is one of the backend's: neither layer knows the other.
class AuditConnection final : public audit::SqlConnection {
 public:
  AuditConnection(backend::ConnectionParameters parameters, std::stop_token stop);

  [[nodiscard]] core::Status open() override;
  [[nodiscard]] core::Result<std::vector<Row>> query(const std::string& sql,
                                                     std::span<const std::string> values) override;
  [[nodiscard]] core::Status run(const std::string& script, std::string_view rows) override;

 private:
  backend::TextConnection connection_;
};

}  // namespace sqlproxy::app
