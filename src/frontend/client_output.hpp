#pragma once

#include <chrono>
#include <string_view>

#include "net/deadline.hpp"
#include "net/signal.hpp"
#include "net/stream.hpp"

namespace sqlproxy::frontend {

// The one way to a client: the coroutine that relays the server's replies and the one that answers in the server's
// place both write through it, and each write() goes out as a whole. Owned by the session; not thread-safe.
class ClientOutput {
 public:
  ClientOutput(net::Stream& stream, net::Executor executor, net::DeadlineQueue& deadlines)
      : stream_(stream), deadlines_(deadlines), free_(executor) {}

  // How long a write() may wait for a client that does not read; 0: for ever.
  void set_patience(std::chrono::milliseconds patience) { patience_ = patience; }

  // False when the client cannot be reached any more, or has not read for too long; from then on writes are dropped.
  [[nodiscard]] net::Task<bool> write(std::string_view bytes);
  // True when all of it went out without waiting; `sent` says how much did.
  [[nodiscard]] bool try_write(std::string_view bytes, std::size_t& sent);

  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool writing() const { return writing_; }
  // It was lost because it did not read.
  [[nodiscard]] bool stalled() const { return stalled_; }

 private:
  net::Stream& stream_;
  net::DeadlineQueue& deadlines_;
  net::Signal free_;
  std::chrono::milliseconds patience_{0};
  bool writing_ = false;
  bool lost_ = false;
  bool stalled_ = false;
};

}  // namespace sqlproxy::frontend
