#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "backend/connection_state.hpp"
#include "backend/server_login.hpp"
#include "backend/server_statements.hpp"
#include "backend/server_target.hpp"
#include "core/clock.hpp"
#include "net/deadline.hpp"
#include "net/input_buffer.hpp"
#include "net/stream.hpp"
#include "net/task_group.hpp"

namespace sqlproxy::backend {

class ServerConnection;

// A server connection between two workers: nothing reads it, nobody uses it.
struct DetachedServerConnection {
  net::DetachedStream stream;
  ServerGreeting greeting;
  std::shared_ptr<const ServerTarget> target;
  StartupSettings settings;
  core::TimePoint opened_at;
  std::string missing_name;
  ConnectionState state;
  ServerStatements statements;
};

// Who uses a server connection for the time being: a client's session, or the pool that resets it.
class ServerConnectionUser {
 public:
  virtual ~ServerConnectionUser() = default;

  // Bytes have arrived in connection.input(). Consumes the whole messages and whatever else it can use; may suspend
  // until its own peer takes them, and the server is not read meanwhile. May detach itself. Returns false to have the
  // connection closed.
  [[nodiscard]] virtual net::Task<bool> on_server_input(ServerConnection& connection) = 0;
  // The connection has ended; it is detached already.
  virtual void on_server_closed(ServerConnection& connection) = 0;
};

// One authenticated connection to a server. Reads for as long as it lives, so that a server that says good-bye is
// noticed also while nobody uses the connection; what it reads goes to the user, if there is one.
//
// Made by the pool of one worker, which starts run(); shared with whoever uses it. Not
// thread-safe.
class ServerConnection {
 public:
  using Id = std::uint64_t;

  ServerConnection(Id id, net::Stream stream, net::InputBuffer input, ServerGreeting greeting,
                   std::shared_ptr<const ServerTarget> target, StartupSettings settings);
  ServerConnection(net::Executor executor, Id id, DetachedServerConnection detached);

  // Connects, negotiates TLS and logs in, within `timeout` all together.
  [[nodiscard]] static net::Task<std::variant<std::unique_ptr<ServerConnection>, LoginFailure>> open(
      net::DeadlineQueue& deadlines, Id id, std::shared_ptr<const ServerTarget> target, StartupSettings settings,
      std::chrono::milliseconds timeout);

  // Goes on with a connection of another worker.
  [[nodiscard]] static std::unique_ptr<ServerConnection> reattach(net::Executor executor, Id id,
                                                                  std::unique_ptr<DetachedServerConnection> detached);
  using DetachHandler = std::function<void(std::unique_ptr<DetachedServerConnection>)>;
  // Ends run(), and calls `done` with what another worker can go on with, or with null when the connection ended first.
  // Requires: no user, nothing unread.
  void detach_from_worker(DetachHandler done);

  // Reads until the connection ends. Run once, by the pool.
  [[nodiscard]] net::Task<void> run();

  // Requires: no user. The user outlives its attachment.
  void attach(ServerConnectionUser& user);
  void detach();
  [[nodiscard]] bool attached() const { return user_ != nullptr; }
  // Ends run(), at its next turn, without a word to the server. The user stays attached until then, or until detach().
  void close();
  // Says Terminate first. Requires: nothing is owed on the connection.
  void close_politely();
  [[nodiscard]] bool closed() const { return closed_; }
  // It ended because an administrator has told it to, while nobody used it.
  [[nodiscard]] bool told_to_end() const { return told_to_end_; }

  [[nodiscard]] net::Stream& stream() { return stream_; }
  [[nodiscard]] net::InputBuffer& input() { return input_; }
  [[nodiscard]] Id id() const { return id_; }
  [[nodiscard]] const ServerGreeting& greeting() const { return greeting_; }
  // What the server reported last; whoever reads ParameterStatus notes it here.
  [[nodiscard]] const Settings& parameters() const { return greeting_.parameters; }
  void note_parameter(std::string_view name, std::string_view value);
  // Never 0, and another one after each note_parameter(), in the whole process: who has looked at the parameters under
  // this number need not look again.
  [[nodiscard]] std::uint64_t parameters_revision() const { return parameters_revision_; }
  [[nodiscard]] const StartupSettings& settings() const { return settings_; }
  [[nodiscard]] const std::shared_ptr<const ServerTarget>& target() const { return target_; }
  [[nodiscard]] core::TimePoint opened_at() const { return opened_at_; }

  // What clients have left on it.
  [[nodiscard]] ConnectionState& state() { return state_; }
  // The prepared statements that the server has; kept up to date by whoever sends messages that change them.
  [[nodiscard]] ServerStatements& statements() { return statements_; }

  // A name that no client can know: messages that refer to it fail on the server for certain.
  [[nodiscard]] const std::string& missing_name() const { return missing_name_; }

 private:
  [[nodiscard]] static std::uint64_t next_revision();
  [[nodiscard]] bool absorb_unattended_input();
  void note_farewell();
  void finish_detaching(bool intact);

  Id id_;
  net::Stream stream_;
  net::InputBuffer input_;
  ServerGreeting greeting_;
  std::shared_ptr<const ServerTarget> target_;
  StartupSettings settings_;
  core::TimePoint opened_at_ = core::SteadyClock::now();
  std::string missing_name_;
  ConnectionState state_;
  ServerStatements statements_;
  ServerConnectionUser* user_ = nullptr;
  DetachHandler detached_;
  bool closed_ = false;
  bool told_to_end_ = false;
  std::uint64_t parameters_revision_ = next_revision();
};

// Writes `value` over the entry of that name, or appends one.
void update_setting(Settings& settings, std::string_view name, std::string_view value);

}  // namespace sqlproxy::backend
