#pragma once

#include <string_view>

#include "net/signal.hpp"
#include "net/stream.hpp"

namespace sqlproxy::frontend {

class SessionMeter;

// The one way to a client: the coroutine that relays the server's replies and the one that answers in the server's
// place both write through it, and each write() goes out as a whole. Owned by the session; not thread-safe.
class ClientOutput {
 public:
  ClientOutput(net::Stream& stream, net::Executor executor) : stream_(stream), free_(executor) {}

  // False when the client cannot be reached any more; from then on writes are dropped.
  [[nodiscard]] net::Task<bool> write(std::string_view bytes);
  // True when all of it went out without waiting; `sent` says how much did.
  [[nodiscard]] bool try_write(std::string_view bytes, std::size_t& sent);

  // Told of each number of bytes that went out.
  void count_into(SessionMeter* meter) { meter_ = meter; }

  [[nodiscard]] bool lost() const { return lost_; }
  [[nodiscard]] bool writing() const { return writing_; }

 private:
  net::Stream& stream_;
  net::Signal free_;
  SessionMeter* meter_ = nullptr;
  bool writing_ = false;
  bool lost_ = false;
};

}  // namespace sqlproxy::frontend
