#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "audit/ticket.hpp"
#include "audit/trail.hpp"

namespace sqlproxy::audit {

// Who waits for which event. Thread-safe; settle() and close() are called by the writer, callbacks run outside the
// lock.
class Settlements {
 public:
  [[nodiscard]] bool settled(Ticket ticket) const noexcept {
    return ticket.number <= through_.load(std::memory_order_acquire) || closed_.load(std::memory_order_acquire);
  }

  // True when `done` was kept for later; otherwise it has been called.
  bool wait(Ticket ticket, Trail::Settled done);

  // Every ticket up to and with `through` is stored.
  void settle(std::uint64_t through);
  // Nobody is to wait for what is not stored yet.
  void let_go();
  // Nothing will be stored any more: all other tickets, present and future, are lost.
  void close();

 private:
  struct Waiter {
    std::uint64_t ticket;
    Trail::Settled done;
  };

  std::mutex mutex_;
  std::vector<Waiter> waiters_;  // bounded by the sessions, each of which waits for one ticket
  std::atomic<std::uint64_t> through_{0};
  std::atomic<bool> closed_{false};
};

}  // namespace sqlproxy::audit
