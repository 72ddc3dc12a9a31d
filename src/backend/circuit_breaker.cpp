#include "backend/circuit_breaker.hpp"

#include <algorithm>
#include <optional>

namespace sqlproxy::backend {

bool CircuitBreaker::concerns(const LoginFailure& failure) {
  if (failure.cause == LoginFailure::Cause::network) return true;
  return failure.cause == LoginFailure::Cause::refused && failure.error.sqlstate == core::sqlstate::kCannotConnectNow;
}

std::chrono::milliseconds CircuitBreaker::left(core::TimePoint now) const {
  const auto until = opened_at_ + settings_.cooldown;
  return now >= until ? std::chrono::milliseconds::zero() : std::chrono::ceil<std::chrono::milliseconds>(until - now);
}

void CircuitBreaker::forget_old(core::TimePoint now) {
  while (!failures_.empty() && now - failures_.front() > settings_.window) failures_.pop_front();
}

CircuitBreaker::Pass CircuitBreaker::ask(core::TimePoint now) {
  if (closed()) return Pass::free;
  {
    const std::scoped_lock lock(mutex_);
    if (closed()) return Pass::free;
    if (probing_ || left(now).count() > 0) return Pass::refused;
    probing_ = true;
    if (state_ == State::half_open) return Pass::probe;
    state_ = State::half_open;
  }
  changed_(State::half_open);
  return Pass::probe;
}

void CircuitBreaker::open(core::TimePoint now) {
  state_ = State::open;
  probing_ = false;
  opened_at_ = now;
  ++opened_;
}

void CircuitBreaker::failed(core::TimePoint now) {
  {
    const std::scoped_lock lock(mutex_);
    forget_old(now);
    failures_.push_back(now);
    while (failures_.size() > settings_.failures) failures_.pop_front();
    // One that set out before it opened tells nothing new.
    if (state_ == State::open) return;
    if (state_ == State::closed && failures_.size() < settings_.failures) return;
    open(now);
  }
  changed_(State::open);
}

void CircuitBreaker::probe_succeeded() {
  {
    const std::scoped_lock lock(mutex_);
    // Somebody else's failure was faster.
    if (state_ != State::half_open) return;
    state_ = State::closed;
    probing_ = false;
    failures_.clear();
  }
  changed_(State::closed);
}

void CircuitBreaker::probe_dropped() {
  const std::scoped_lock lock(mutex_);
  if (state_ == State::half_open) probing_ = false;
}

LoginFailure CircuitBreaker::refusal(const std::string& database, core::TimePoint now) const {
  std::chrono::milliseconds wait{0};
  {
    const std::scoped_lock lock(mutex_);
    wait = left(now);
  }
  const std::string hint = wait.count() > 0 ? "It is tried again in " + std::to_string(wait.count()) + " ms."
                                            : "It is being tried now; try again in a moment.";
  return {LoginFailure::Cause::refused,
          core::make_error(core::ErrorCode::unavailable, core::sqlstate::kCannotConnectNow,
                           "database \"" + database + "\" is not available",
                           "Its server has failed repeatedly; the circuit breaker is open.", hint)};
}

void CircuitBreaker::use(const config::Breaker& settings) {
  const std::scoped_lock lock(mutex_);
  settings_ = settings;
}

CircuitBreaker::Status CircuitBreaker::status(core::TimePoint now) const {
  const std::scoped_lock lock(mutex_);
  Status status;
  status.state = state_;
  status.failures = static_cast<std::size_t>(
      std::ranges::count_if(failures_, [&](core::TimePoint at) { return now - at <= settings_.window; }));
  status.opened = opened_;
  if (status.state != State::closed) status.left = left(now);
  return status;
}

std::string_view name_of(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::closed: return "closed";
    case CircuitBreaker::State::open: return "open";
    case CircuitBreaker::State::half_open: return "half-open";
  }
  return {};
}

CircuitBreakerPtr CircuitBreakers::of(const std::string& tenant, const std::string& database,
                                      const config::Breaker& settings) {
  const std::scoped_lock lock(mutex_);
  CircuitBreakerPtr& breaker = breakers_[{tenant, database}];
  if (breaker) {
    breaker->use(settings);
  } else {
    breaker = std::make_shared<CircuitBreaker>(settings, [this, tenant, database](CircuitBreaker::State state) {
      if (listener_) listener_(tenant, database, state);
    });
  }
  return breaker;
}

std::vector<CircuitBreakers::Entry> CircuitBreakers::snapshot(core::TimePoint now) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& [key, breaker] : breakers_) entries.push_back({key.first, key.second, breaker->status(now)});
  return entries;
}

}  // namespace sqlproxy::backend
