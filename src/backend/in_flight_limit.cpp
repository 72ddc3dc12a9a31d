#include "backend/in_flight_limit.hpp"

#include <utility>

namespace sqlproxy::backend {

void InFlightLimit::set_limit(std::size_t limit) {
  if (limit_.exchange(limit, std::memory_order_seq_cst) == limit) return;
  const std::scoped_lock lock(mutex_);
  grant();
}

bool InFlightLimit::take_below_limit() {
  std::size_t running = running_.load(std::memory_order_seq_cst);
  do {
    const std::size_t limit = limit_.load(std::memory_order_relaxed);
    if (limit != 0 && running >= limit) return false;
  } while (!running_.compare_exchange_weak(running, running + 1, std::memory_order_seq_cst));
  return true;
}

bool InFlightLimit::try_take() {
  return waiting_.load(std::memory_order_seq_cst) == 0 && take_below_limit();
}

// Whoever gives back counts down first and then looks whether anybody waits; join() queues first and then looks for a
// permit. So one of the two sees the other.
void InFlightLimit::give_back() {
  running_.fetch_sub(1, std::memory_order_seq_cst);
  if (waiting_.load(std::memory_order_seq_cst) == 0) return;
  const std::scoped_lock lock(mutex_);
  grant();
}

void InFlightLimit::join(const WaiterPtr& waiter) {
  const std::scoped_lock lock(mutex_);
  waiter->place = queue_.insert(queue_.end(), waiter);
  waiter->queued = true;
  waiting_.store(queue_.size(), std::memory_order_seq_cst);
  grant();
}

void InFlightLimit::leave(const WaiterPtr& waiter) {
  waiter->gone = true;
  const std::scoped_lock lock(mutex_);
  if (!waiter->queued) return;
  waiter->queued = false;
  queue_.erase(waiter->place);
  waiting_.store(queue_.size(), std::memory_order_seq_cst);
}

void InFlightLimit::grant() {
  while (!queue_.empty() && take_below_limit()) {
    WaiterPtr next = std::move(queue_.front());
    queue_.pop_front();
    next->queued = false;
    waiting_.store(queue_.size(), std::memory_order_seq_cst);
    asio::post(next->executor, [limit = shared_from_this(), next] {
      if (next->gone) return limit->give_back();
      next->granted = true;
      next->changed.notify_all();
    });
  }
}

InFlightLimit::Counts InFlightLimit::counts() const {
  return {limit_.load(std::memory_order_relaxed), running_.load(std::memory_order_relaxed),
          waiting_.load(std::memory_order_relaxed)};
}

InFlightLimitPtr InFlightLimits::of(const std::string& database, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  const auto known = limits_.find(database);
  if (known != limits_.end()) {
    known->second->set_limit(limit);
    return known->second;
  }
  if (limit == 0) return nullptr;
  return limits_.emplace(database, std::make_shared<InFlightLimit>(limit)).first->second;
}

std::vector<InFlightLimits::Entry> InFlightLimits::counts() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Entry> entries;
  for (const auto& [database, limit] : limits_) entries.push_back({database, limit->counts()});
  return entries;
}

}  // namespace sqlproxy::backend
