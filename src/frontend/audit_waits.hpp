#pragma once

#include <vector>

#include "audit/trail.hpp"
#include "net/asio.hpp"

namespace sqlproxy::frontend {

// Somebody whose answers wait until events are durable.
class AuditWaiter {
 public:
  virtual ~AuditWaiter() = default;
  // The event that was waited for, and every earlier one, is settled. May wait for another one at once.
  virtual void on_settled() = 0;
};

// The sessions of one worker that wait for the audit writer. However many they are, the writer calls back once for all
// that one write has settled; no thread ever waits. Owned by the worker, outlives its sessions; worker's thread only.
class AuditWaits {
 public:
  // `trail` has been stopped before this ends, or the event loop of `executor` has.
  AuditWaits(audit::Trail& trail, net::Executor executor) : trail_(trail), executor_(std::move(executor)) {}
  AuditWaits(const AuditWaits&) = delete;
  AuditWaits& operator=(const AuditWaits&) = delete;

  // Requires: `waiter` does not wait yet.
  void add(AuditWaiter& waiter, audit::Ticket ticket);
  void remove(AuditWaiter& waiter);

  [[nodiscard]] bool settled(audit::Ticket ticket) const { return trail_.settled(ticket); }

 private:
  void ask();
  void on_settled();

  struct Entry {
    audit::Ticket ticket;
    AuditWaiter* waiter;
  };

  audit::Trail& trail_;
  net::Executor executor_;
  std::vector<Entry> entries_;
  // Those that are being told.
  std::vector<AuditWaiter*> ready_;
  bool asked_ = false;
};

}  // namespace sqlproxy::frontend
