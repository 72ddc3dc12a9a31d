#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "audit/event.hpp"
#include "audit/line_format.hpp"
#include "audit/sink.hpp"
#include "audit/ticket.hpp"
#include "audit/trail_mode.hpp"
#include "core/result.hpp"

namespace sqlproxy::audit {

struct TrailOptions {
  std::string node_id;
  bool chain = true;
  LineFormat format = LineFormat::native;
  Durability durability = Durability::batch;
  OnFailure on_failure = OnFailure::carry_on;
  std::size_t queue_capacity = 65536;           // events; rounded up to a power of two
  std::size_t queue_bytes = 256 * 1024 * 1024;  // variable part of the events in the queue (SQL texts, mostly)
  std::chrono::milliseconds batch_interval{100};
  std::chrono::milliseconds retry_first{100};  // pause after a failed write, doubled up to retry_longest
  std::chrono::milliseconds retry_longest{5000};
  std::chrono::milliseconds stop_timeout{5000};  // how long stop() keeps trying while the sink fails
};

// What a reload may change.
struct TrailChange {
  bool chain = true;
  LineFormat format = LineFormat::native;
  Durability durability = Durability::batch;
  OnFailure on_failure = OnFailure::carry_on;
  std::size_t queue_capacity = 65536;
  std::unique_ptr<Sink> sink;  // none: the one of before
};

struct TrailStats {
  std::uint64_t events = 0;   // lines stored, including those that the trail writes about itself
  std::uint64_t dropped = 0;  // submitted events that will never be stored
  std::uint64_t bytes = 0;    // stored
  std::size_t queue_depth = 0;
  bool failing = false;  // the last attempt to store failed
};

// The audit trail of this process: takes events from any thread without blocking, and writes them in order from one
// thread of its own.
//
// Created and stopped by the composition root; shared by reference with everything that submits. All public functions
// are thread-safe. Invariants:
//  1. Every event that submit() accepted is stored exactly once, or counted in dropped (only when stop() gives up on a
//     sink that fails).
//  2. Every event that submit() did not accept is counted in an overflow event and has taken a sequence number:
//     events submitted = events stored + events counted as dropped.
//  3. sequence_num rises by one per event; where lines are missing from it, the next line is the overflow event
//     that accounts for exactly that many.
class Trail {
 public:
  enum class Outcome {
    stored,  // as durable as the options ask for
    late,    // not stored yet, and nobody is to wait for that: OnFailure::carry_on while the sink fails
    lost,    // dropped, or given up at stop()
  };
  // Called once, on the writer thread or (when nothing is left to wait for) on the caller's. Must not block or throw.
  using Settled = std::function<void(Outcome)>;

  // Opens the sink, takes over its sequence and chain, and starts the writer. Fails when the sink cannot be opened.
  [[nodiscard]] static core::Result<std::unique_ptr<Trail>> open(TrailOptions options, std::unique_ptr<Sink> sink);

  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;
  ~Trail();  // stop()

  // Hands an event over; never blocks, never throws, makes no system call as a rule (one in about a thousand wakes the
  // writer). When the queue is full the event is dropped and counted.
  Ticket submit(Event&& event) noexcept;

  // What became of a request to execute something whose events are still to come.
  enum class Admission {
    refused,   // it must not be executed: its events could not be stored (SQLSTATE 58030)
    free,      // on_failure is continue: events are counted if they do not fit
    reserved,  // the queue keeps a place for each event, to be used by submit_reserved() or given back by withdraw()
  };
  // With OnFailure::block an event of what was admitted is never dropped, however full the queue gets.
  [[nodiscard]] Admission admit(std::uint64_t events) noexcept;
  // Requires: admit() said `reserved` for this event.
  Ticket submit_reserved(Event&& event) noexcept;
  // `events` that were admitted as `reserved` do not come.
  void withdraw(std::uint64_t events) noexcept;

  // True when nobody needs to wait for this ticket (any more): always with Durability::batch, and with
  // OnFailure::carry_on while the sink fails.
  [[nodiscard]] bool settled(Ticket ticket) const noexcept;
  // Calls `done` once the ticket's event, and with it every earlier one, is as durable as the options ask for, or
  // settled() for another reason. With Durability::batch at once. Makes the writer start now instead of at the end of
  // its interval; what arrives while it writes goes into the next write together (group commit).
  void on_settled(Ticket ticket, Settled done);

  // False while admit() refuses: on_failure is block, and events cannot be stored or the queue is nearly full. Recovers
  // by itself.
  [[nodiscard]] bool accepting() const noexcept;

  // The last attempt to store failed.
  [[nodiscard]] bool failing() const noexcept;
  [[nodiscard]] TrailStats stats() const noexcept;
  // sequence_num of the last line that the sink has stored; 0: there is none.
  [[nodiscard]] std::uint64_t stored_sequence() const noexcept;

  // Goes on with another sink or other options: no event is lost, sequence and chain go on. Blocks until the writer has
  // done it; on an error (the new sink cannot be opened, the queue cannot grow that far) everything is as before.
  [[nodiscard]] core::Status reconfigure(TrailChange change);

  // SIGHUP: has the sink open its file anew.
  void reopen();

  // Blocks until everything submitted before the call is stored or lost; for tests and the end of the process, never on
  // a worker. Waits for as long as the sink fails.
  void flush();

  // Stores what is queued and ends the writer; idempotent. Everything submitted before the call is stored unless the
  // sink keeps failing for stop_timeout. Events submitted later are dropped.
  void stop();

 private:
  class Impl;
  explicit Trail(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace sqlproxy::audit
