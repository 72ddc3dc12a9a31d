#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "audit/session_facts.hpp"
#include "frontend/snapshot.hpp"
#include "net/asio.hpp"
#include "net/deadline.hpp"
#include "net/input_buffer.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"

namespace sqlproxy::frontend {

// The names of the virtual database that the proxy answers for itself.
[[nodiscard]] inline bool is_console_database(std::string_view name) {
  return name == "sqlproxy" || name == "pgbouncer";
}

// A client of the console, which has proved who it is and may be there. The session owns it; worker's thread only.
struct ConsoleClient {
  ConsoleClient(net::Stream& client_stream, net::InputBuffer& client_input, net::Executor worker_executor,
                net::DeadlineQueue& worker_deadlines)
      : stream(client_stream),
        input(client_input),
        executor(worker_executor),
        deadlines(worker_deadlines),
        changed(worker_executor) {}

  net::Stream& stream;
  net::InputBuffer& input;
  net::Executor executor;
  net::DeadlineQueue& deadlines;
  std::uint64_t id = 0;
  std::int32_t process_id = 0;
  std::shared_ptr<const audit::SessionFacts> facts;
  core::WallTime requested_at;
  // The newest configuration.
  std::function<SnapshotPtr()> snapshot;
  // Notified when one of the following is set.
  net::Signal changed;
  // The session ends.
  bool ending = false;
  // A CancelRequest has come for the command that waits.
  bool canceled = false;
};

// Serves the clients of the console. Thread-safe; outlives the workers.
class ConsoleHost {
 public:
  virtual ~ConsoleHost() = default;

  // Reads commands and answers them until the client leaves, breaks the protocol, or the session ends. The greeting
  // has been sent, up to and with ReadyForQuery.
  [[nodiscard]] virtual net::Task<void> serve(ConsoleClient& client) = 0;
  // What a client is told of the server at login: pairs of ParameterStatus.
  [[nodiscard]] virtual std::vector<std::pair<std::string_view, std::string_view>> parameters() const = 0;
};

}  // namespace sqlproxy::frontend
