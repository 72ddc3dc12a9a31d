#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/console_command.hpp"
#include "admin/console_runner.hpp"
#include "admin/result_table.hpp"
#include "frontend/console_host.hpp"
#include "net/asio.hpp"
#include "net/message_reader.hpp"

namespace sqlproxy::admin {

// The protocol of one client of the console: simple and extended queries, answered in order. Lives as long as its
// serve(); worker's thread only.
class ConsoleSession {
 public:
  // Of statements and of portals that a client may have at a time.
  static constexpr std::size_t kMaxNames = 100;

  ConsoleSession(AdminContext& context, frontend::ConsoleClient& client) : client_(client), runner_(context, client) {}

  [[nodiscard]] net::Task<void> serve();

 private:
  struct Statement {
    // None for an empty query.
    std::optional<ConsoleCommand> command;
  };
  struct Portal {
    std::optional<ConsoleCommand> command;
    std::vector<std::uint16_t> formats;
    // After the first Execute.
    std::optional<ConsoleOutcome> outcome;
    std::size_t next_row = 0;
  };

  // False: the session ends.
  [[nodiscard]] net::Task<bool> handle(const net::Message& message);
  [[nodiscard]] net::Task<void> on_query(std::string_view body);
  [[nodiscard]] core::Status on_parse(std::string_view body);
  [[nodiscard]] core::Status on_bind(std::string_view body);
  [[nodiscard]] core::Status on_describe(std::string_view body);
  [[nodiscard]] net::Task<core::Status> on_execute(std::string_view body);
  [[nodiscard]] core::Status on_close(std::string_view body);
  void fail(const core::Error& error);
  void append_columns(const std::optional<ConsoleCommand>& command, const std::vector<std::uint16_t>& formats);
  void append_notice(const ConsoleOutcome& outcome);
  // Up to `most` rows from the portal's next one on.
  [[nodiscard]] core::Status append_rows(Portal& portal, std::size_t most);
  void note_transaction(const ConsoleCommand& command);
  void ready();
  [[nodiscard]] net::Task<bool> flush();

  frontend::ConsoleClient& client_;
  ConsoleRunner runner_;
  std::map<std::string, Statement, std::less<>> statements_;
  std::map<std::string, Portal, std::less<>> portals_;
  std::string out_;
  // An error has occurred: everything is dropped up to Sync.
  bool skipping_ = false;
  // Between BEGIN and its end, for drivers that look at what ReadyForQuery says.
  bool in_transaction_ = false;
};

}  // namespace sqlproxy::admin
