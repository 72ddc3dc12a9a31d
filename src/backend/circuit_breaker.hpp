#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "backend/server_login.hpp"
#include "config/breaker.hpp"
#include "core/clock.hpp"

namespace sqlproxy::backend {

// Keeps the clients of one tenant from waiting for a database whose server is not to be had. Closed: everybody passes.
// Open, after `failures` within `window`: nobody does. Half-open, after `cooldown`: one passes, whose fate decides.
//
// A failure is a client's request that met with one of the server: not reached, starting or stopping, or lost under a
// statement without a word. What PostgreSQL itself says to clients, of their statements, rights and numbers, is none.
//
// Thread-safe; while closed, asking is one atomic load. `now` comes from the caller.
class CircuitBreaker {
 public:
  enum class State : std::uint8_t { closed, open, half_open };
  // Called after each change, by whoever caused it, without a lock.
  using Listener = std::function<void(State)>;

  CircuitBreaker(const config::Breaker& settings, Listener changed)
      : settings_(settings), changed_(std::move(changed)) {}

  // True for failures of the server, which the breaker counts.
  [[nodiscard]] static bool concerns(const LoginFailure& failure);

  [[nodiscard]] bool closed() const { return state_.load(std::memory_order_relaxed) == State::closed; }

  enum class Pass : std::uint8_t {
    free,     // nothing has to be said about what becomes of it, except failed()
    probe,    // exactly one of probe_succeeded(), failed() and probe_dropped() has to follow
    refused,  // see refusal()
  };
  [[nodiscard]] Pass ask(core::TimePoint now);
  void failed(core::TimePoint now);
  void probe_succeeded();
  // The probe ended without having told anything, because its client did.
  void probe_dropped();

  // What a client is told that did not pass: 57P03, with the time left in the hint.
  [[nodiscard]] LoginFailure refusal(const std::string& database, core::TimePoint now) const;

  // Settings of a newer configuration; the state stays.
  void use(const config::Breaker& settings);

  struct Status {
    State state = State::closed;
    std::size_t failures = 0;  // that count now
    std::uint64_t opened = 0;  // since the process began
    std::chrono::milliseconds left{0};
  };
  [[nodiscard]] Status status(core::TimePoint now) const;

 private:
  [[nodiscard]] std::chrono::milliseconds left(core::TimePoint now) const;
  void forget_old(core::TimePoint now);
  void open(core::TimePoint now);

  // Written under the mutex.
  std::atomic<State> state_{State::closed};
  mutable std::mutex mutex_;
  config::Breaker settings_;
  // When the failures that count took place, at most settings_.failures of them.
  std::deque<core::TimePoint> failures_;
  core::TimePoint opened_at_;
  std::uint64_t opened_ = 0;
  bool probing_ = false;
  const Listener changed_;
};
using CircuitBreakerPtr = std::shared_ptr<CircuitBreaker>;

[[nodiscard]] std::string_view name_of(CircuitBreaker::State state);

// The breakers of the process, for each tenant and database that has one. Thread-safe.
class CircuitBreakers {
 public:
  using Listener = std::function<void(const std::string& tenant, const std::string& database, CircuitBreaker::State)>;

  // Before the first of(): is told of all changes, from any thread.
  void set_listener(Listener listener) { listener_ = std::move(listener); }

  // `database` is the name in the configuration. The settings hold from now on.
  [[nodiscard]] CircuitBreakerPtr of(const std::string& tenant, const std::string& database,
                                     const config::Breaker& settings);

  struct Entry {
    std::string tenant;
    std::string database;
    CircuitBreaker::Status status;
  };
  [[nodiscard]] std::vector<Entry> snapshot(core::TimePoint now) const;

 private:
  Listener listener_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, CircuitBreakerPtr> breakers_;
};

}  // namespace sqlproxy::backend
