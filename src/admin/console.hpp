#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/admin_context.hpp"
#include "frontend/console_host.hpp"

namespace sqlproxy::admin {

// The SQL console: what clients of the databases `sqlproxy` and `pgbouncer` talk to. Thread-safe: each client is served
// on its own worker's thread.
class Console final : public frontend::ConsoleHost {
 public:
  // `context` outlives it.
  explicit Console(AdminContext& context);

  [[nodiscard]] net::Task<void> serve(frontend::ConsoleClient& client) override;
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> parameters() const override;

 private:
  AdminContext& context_;
  // Of a PostgreSQL whose drivers know what it can; behind it what it is.
  std::string server_version_;
};

}  // namespace sqlproxy::admin
