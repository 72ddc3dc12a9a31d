#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "backend/in_flight_limit.hpp"
#include "backend/server_connection.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/rare.hpp"
#include "net/deadline.hpp"
#include "net/signal.hpp"
#include "pipeline/rate_limiter.hpp"

namespace sqlproxy::frontend {

// Whether the message that a session works on may be executed now: by the rate limits, which it passes or not, and by
// max_in_flight, for which it waits. A message is looked at again each time when it had to wait for something, and is
// counted once.
//
// Owned by the session; worker's thread only.
class StatementAdmission {
 public:
  // `changed` is notified when something changes that a wait() may end for; it outlives this object.
  StatementAdmission(net::Executor executor, net::DeadlineQueue& deadlines, net::Signal& changed)
      : executor_(std::move(executor)), deadlines_(deadlines), changed_(changed) {}
  StatementAdmission(const StatementAdmission&) = delete;
  StatementAdmission& operator=(const StatementAdmission&) = delete;
  ~StatementAdmission() { all_answered(); }

  // What the newest configuration says. `in_flight`: null for no bound.
  void use(pipeline::StatementLimits limits, backend::InFlightLimitPtr in_flight, std::chrono::milliseconds patience);

  // Takes the message's statements from the buckets. Returns the error when they are refused; `exempt` ones are only
  // counted.
  enum class Kind { limited, exempt };
  [[nodiscard]] std::optional<core::Error> count(std::size_t statements, Kind kind, core::TimePoint now);
  // The message is done with, or gone: the next one is counted for itself.
  void next_message() {
    counted_ = held_up_ = false;
    refusal_.reset();
  }

  // True when the message may be sent: the session has a place among those whose queries run, until all_answered().
  [[nodiscard]] bool may_start();
  // It said no to the message at hand, whose server connection has to wait with it: places are taken by those who have
  // one, so that nobody waits for a connection with a place in hand.
  [[nodiscard]] bool held_up() const { return held_up_; }
  // After may_start() said no: waits for a place. Afterwards may_start() says yes, or take_refusal() why not; or the
  // server is lost.
  [[nodiscard]] net::Task<void> wait(const backend::ServerConnection& server);
  // Ends a wait() with `error`. False when there is none.
  bool abort_wait(core::Error error);
  // Why the last wait() was in vain, once.
  [[nodiscard]] std::optional<core::Error> take_refusal() { return refusal_.take(); }
  // Nothing is under way at the server any more.
  void all_answered();

 private:
  net::Executor executor_;
  net::DeadlineQueue& deadlines_;
  net::Signal& changed_;
  pipeline::StatementLimits limits_;
  backend::InFlightLimitPtr in_flight_;
  std::chrono::milliseconds patience_{0};
  // The limit that the place was taken from: a reload may have brought another one since.
  backend::InFlightLimitPtr place_;
  bool waiting_ = false;
  core::Rare<core::Error> refusal_;
  bool counted_ = false;
  bool held_up_ = false;
};

}  // namespace sqlproxy::frontend
