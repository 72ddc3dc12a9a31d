#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "net/asio.hpp"
#include "net/stream.hpp"
#include "net/task_group.hpp"

namespace sqlproxy::test {

// As much of a PostgreSQL server as a pool of connections needs: lets everybody in, and answers every Query with
// CommandComplete and ReadyForQuery, on a port and a thread of its own. Process ids count from 1. Members may be called
// on any thread.
class FakeServer {
 public:
  FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Who logs in gets this error; none: is let in.
  void refuse_with(std::optional<core::Error> error);
  // Log-ins and queries that come while it is set are answered when it is not any more.
  void hold_logins(bool hold) { hold_logins_ = hold; }
  void hold_answers(bool hold) { hold_answers_ = hold; }
  // Ends all connections, as a server does that crashes.
  void break_connections();
  // Refuses connections at the door until listen(), which takes the same port again.
  void stop_listening();
  void listen();

  // Connections that have come, let in or not, and those that are open.
  [[nodiscard]] int accepted() const { return accepted_; }
  [[nodiscard]] int open() const { return open_; }
  // The most that were open at once.
  [[nodiscard]] int most_open() const { return most_open_; }
  [[nodiscard]] std::vector<std::string> queries() const;

 private:
  struct Session;

  void run_on_thread(const std::function<void()>& task);
  void open_acceptor();
  [[nodiscard]] net::Task<void> accept();
  [[nodiscard]] net::Task<void> serve(std::shared_ptr<Session> session);
  [[nodiscard]] net::Task<bool> log_in(Session& session);
  [[nodiscard]] net::Task<bool> answer_query(Session& session, std::string_view text);
  [[nodiscard]] net::Task<void> wait_while(const std::atomic<bool>& held);

  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, net::Executor>;

  asio::io_context io_{1};
  asio::executor_work_guard<net::Executor> work_;
  net::TaskGroup tasks_;
  std::unique_ptr<Acceptor> acceptor_;
  std::unordered_map<std::int32_t, std::shared_ptr<Session>> sessions_;
  std::int32_t next_process_id_ = 1;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::atomic<int> open_{0};
  std::atomic<int> most_open_{0};
  std::atomic<bool> hold_logins_{false};
  std::atomic<bool> hold_answers_{false};
  mutable std::mutex mutex_;
  std::optional<core::Error> refusal_;
  std::vector<std::string> queries_;
  std::thread thread_;
};

}  // namespace sqlproxy::test
