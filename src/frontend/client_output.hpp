#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/audit_waits.hpp"
#include "net/deadline.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"

namespace sqlproxy::frontend {

// The one way to a client: the coroutine that relays the server's replies and the one that answers in the server's
// place both write through it, and each write() goes out as a whole. Owned by the session; not thread-safe.
//
// With audit durability `write` or `fsync` answers can be held back until events are safe: what is written behind
// hold_for() is kept here, in order, and goes out by itself when its time has come. Nobody waits meanwhile: the server
// connection may be another session's by then.
class ClientOutput final : private AuditWaiter {
 public:
  // More than this is held back only by one read of the server's: who reads looks at held_size().
  static constexpr std::size_t kMaxHeld = std::size_t{256} * 1024;

  ClientOutput(net::Stream& stream, net::Executor executor, net::DeadlineQueue& deadlines)
      : stream_(stream), deadlines_(deadlines), free_(executor) {}
  ~ClientOutput() override;

  // How long a write() may wait for a client that does not read; 0: for ever.
  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

  // False when the client cannot be reached any more, or has not read for too long; from then on writes are dropped.
  [[nodiscard]] net::Task<bool> write(std::string_view bytes);
  // True when all of it went out, or is held back, without waiting; `sent` says how much did.
  [[nodiscard]] bool try_write(std::string_view bytes, std::size_t& sent);

  // What is written from now on waits for this event. Without follow() nothing is ever held back.
  void hold_for(audit::Ticket ticket);
  // `waits` outlives this. `send` is to run send_released() in a coroutine that keeps the session; `sent` is called
  // when nothing is held back any more.
  void follow(AuditWaits& waits, std::function<void()> send, std::function<void()> sent);
  // Sends what may go; see follow().
  [[nodiscard]] net::Task<void> send_released();
  // Drops what is still held back; it will not be waited for.
  void drop_held();

  [[nodiscard]] bool holding() const { return !held_.empty() || !marks_.empty() || releasing_; }
  [[nodiscard]] std::size_t held_size() const { return held_.size(); }
  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool writing() const { return writing_; }
  // It was lost because it did not read.
  [[nodiscard]] bool stalled() const { return stalled_; }

 private:
  // Bytes of held_ from `at` on wait for the ticket, and for those of the marks before.
  struct Mark {
    std::size_t at;
    audit::Ticket ticket;
  };

  [[nodiscard]] net::Task<void> write_patiently(std::string_view bytes);
  void on_settled() override;
  void release();
  // Bytes of held_ that wait for nothing any more.
  [[nodiscard]] std::size_t free_to_go() const;
  void forget(std::size_t size);

  net::Stream& stream_;
  net::DeadlineQueue& deadlines_;
  net::Signal free_;
  std::chrono::milliseconds patience_{0};
  AuditWaits* waits_ = nullptr;
  std::function<void()> send_;
  std::function<void()> sent_;
  std::string held_;
  std::vector<Mark> marks_;
  bool waiting_ = false;
  // send_released() is about to run, or runs.
  bool releasing_ = false;
  bool writing_ = false;
  bool lost_ = false;
  bool stalled_ = false;
};

}  // namespace sqlproxy::frontend
