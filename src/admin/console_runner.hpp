#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin/admin_context.hpp"
#include "admin/console_command.hpp"
#include "admin/result_table.hpp"
#include "core/result.hpp"
#include "frontend/console_host.hpp"
#include "net/asio.hpp"

namespace sqlproxy::admin {

// What a command of the console has led to.
struct ConsoleOutcome {
  std::optional<ResultTable> table;
  std::string tag;
  // Of a NoticeResponse in front of it; empty: none.
  std::string notice;
  std::string notice_detail;
};

// The columns that running the command will show; none: it shows no rows.
[[nodiscard]] std::vector<TableColumn> columns_of(const ConsoleCommand& command);

// Runs the commands of one client of the console, and has each of them audited. Worker's thread only.
class ConsoleRunner {
 public:
  ConsoleRunner(AdminContext& context, frontend::ConsoleClient& client) : context_(context), client_(client) {}

  [[nodiscard]] net::Task<core::Result<ConsoleOutcome>> run(ConsoleCommand command);
  // For what is no command.
  void audit_refused(const core::Error& error) { audit("invalid command", &error); }

 private:
  [[nodiscard]] net::Task<core::Result<ConsoleOutcome>> dispatch(const ConsoleCommand& command);
  [[nodiscard]] net::Task<core::Result<ConsoleOutcome>> show(Topic topic);
  [[nodiscard]] ConsoleOutcome select(const SelectCommand& command) const;
  [[nodiscard]] net::Task<core::Result<ConsoleOutcome>> pause(std::optional<std::string> database);
  [[nodiscard]] core::Result<ConsoleOutcome> resume(const std::optional<std::string>& database);
  [[nodiscard]] core::Result<ConsoleOutcome> reconnect(const std::optional<std::string>& database);
  [[nodiscard]] net::Task<core::Result<ConsoleOutcome>> kill(std::optional<std::string> database);
  [[nodiscard]] net::Task<core::Result<ConsoleOutcome>> kill_client(std::uint64_t id);
  [[nodiscard]] net::Task<core::Result<ConsoleOutcome>> reload();

  [[nodiscard]] frontend::SnapshotPtr snapshot() const;
  // The error for a database that nobody can connect to.
  [[nodiscard]] std::optional<core::Error> check(const std::optional<std::string>& database) const;
  [[nodiscard]] net::Task<void> pause_for(std::chrono::milliseconds time);
  [[nodiscard]] bool client_has_left() const;
  void audit(std::string action, const core::Error* error);

  AdminContext& context_;
  frontend::ConsoleClient& client_;
};

}  // namespace sqlproxy::admin
