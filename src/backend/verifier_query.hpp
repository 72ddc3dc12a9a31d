#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/control_connection.hpp"
#include "backend/server_target.hpp"
#include "backend/verifier_source.hpp"

namespace sqlproxy::backend {

// Looks verifiers up with a query in a database, over a libpq connection that stays open between two questions.
//
// The query can be trusted with what it names alone: the connection's search_path is pg_catalog, whatever the role or
// the database has as default, the user's name goes as a parameter, and nothing of the client reaches the connection
// besides (protocol.md, 1.6.8 and 2.4.5).
class VerifierQuery final : public VerifierLookup {
 public:
  // `target`: the database to ask, with a password as credentials.
  VerifierQuery(std::shared_ptr<const ServerTarget> target, std::string ca_file, std::string query);

  [[nodiscard]] core::Result<VerifierAnswer> look_up(const std::string& user, const std::stop_token& stop) override;
  void rest() override { connection_.reset(); }

 private:
  [[nodiscard]] core::Result<QueryResult> ask(const std::string& user, const std::stop_token& stop);
  [[nodiscard]] core::Status open(const std::stop_token& stop);
  void report(const core::Error& error) const;

  std::shared_ptr<const ServerTarget> target_;
  std::string ca_file_;
  std::string query_;
  std::optional<ControlConnection> connection_;
};

}  // namespace sqlproxy::backend
