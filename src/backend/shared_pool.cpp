#include "backend/shared_pool.hpp"

#include <algorithm>
#include <cassert>

namespace sqlproxy::backend {

SharedPool::SharedPool(PoolKey key, const std::vector<ServerPool*>& pools)
    : key_(std::move(key)), seats_(std::make_unique<Seat[]>(pools.size())), seat_count_(pools.size()) {
  for (std::size_t i = 0; i < seat_count_; ++i) seats_[i].pool = pools[i];
}

SharedPool::~SharedPool() = default;

ConnectionKindPtr SharedPool::kind(const std::shared_ptr<const ServerTarget>& target, const StartupSettings& settings) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(kinds_, [](const auto& known) { return known.expired(); });
  for (const auto& known : kinds_) {
    if (ConnectionKindPtr kind = known.lock(); kind && kind->fits(target, settings)) return kind;
  }
  auto made = std::make_shared<const ConnectionKind>(target, settings);
  kinds_.push_back(made);
  return made;
}

// --- The queue ---

SharedPool::Orders SharedPool::join(const PoolWaiterPtr& waiter, std::size_t limit, End end) {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  if (limit != kSameLimit) limit_ = limit;
  assert(!waiter->queued);
  waiter->place = queue_.insert(end == End::back ? queue_.end() : queue_.begin(), waiter);
  waiter->queued = true;
  waiting_.store(queue_.size(), std::memory_order_seq_cst);
  for (std::size_t i = 0; i < seat_count_; ++i) {
    Seat& seat = seats_[i];
    if (seat.asked || seat.idle.load(std::memory_order_seq_cst) == 0) continue;
    seat.asked = true;
    ++asked_;
    orders.offers.push_back(seat.pool);
  }
  plan(orders);
  return orders;
}

void SharedPool::leave(PoolWaiter& waiter) {
  const std::scoped_lock lock(mutex_);
  if (waiter.queued) remove(waiter);
}

void SharedPool::remove(PoolWaiter& waiter) {
  waiter.queued = false;
  queue_.erase(waiter.place);
  waiting_.store(queue_.size(), std::memory_order_seq_cst);
}

bool SharedPool::cover(Kinds& coming, const ConnectionKind* kind) {
  const auto found = std::ranges::find(coming, kind);
  if (found == coming.end()) return false;
  *found = coming.back();
  coming.pop_back();
  return true;
}

bool SharedPool::may_open() const {
  if (!backoff_.failing()) return true;
  return openings_ == 0 && !backoff_.pausing(core::SteadyClock::now());
}

void SharedPool::open_for(const ConnectionKindPtr& kind, ServerPool& pool, Orders& orders) {
  ++taken_;
  ++openings_;
  coming_.push_back(kind.get());
  orders.openings.push_back({&pool, kind});
}

void SharedPool::refuse_all(Orders& orders) {
  orders.failure = backoff_.failure();
  for (auto next = queue_.begin(); next != queue_.end();) {
    PoolWaiterPtr waiter = *next++;
    if (backoff_.is_of_another(*waiter->kind->target)) continue;
    remove(*waiter);
    orders.refused.push_back(std::move(waiter));
  }
}

// Sees to it that there is something to come for everybody in the queue. Left alone while connections are being
// offered: a place is not taken, and nothing closed, for somebody who may be served by one of them.
void SharedPool::plan(Orders& orders) {
  if (queue_.empty() || asked_ != 0) return;
  // After a change of the configuration the pool may lead to another server.
  if (backoff_.failing() && backoff_.is_of_another(*queue_.back()->kind->target)) backoff_.succeeded();
  if (!may_open()) {
    if (openings_ == 0 && nothing_lives()) refuse_all(orders);
    return;
  }
  ServerPool* evictor = nullptr;
  if (taken_ >= limit_) {
    for (std::size_t i = 0; i < seat_count_ && evictor == nullptr; ++i) {
      if (seats_[i].idle.load(std::memory_order_seq_cst) != 0) evictor = seats_[i].pool;
    }
    if (evictor == nullptr) return;
  }
  Kinds coming = coming_;
  for (const PoolWaiterPtr& waiter : queue_) {
    if (cover(coming, waiter->kind.get())) continue;
    if (taken_ >= limit_) {
      if (evictor != nullptr) orders.evictions.push_back(evictor);
      return;
    }
    open_for(waiter->kind, waiter->pool, orders);
    if (backoff_.failing()) return;
  }
}

void SharedPool::begin_offer(std::size_t worker) {
  const std::scoped_lock lock(mutex_);
  // Who joins from now on asks again: this worker may have looked at its connections already.
  seats_[worker].asked = false;
}

SharedPool::Orders SharedPool::end_offer() {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  --asked_;
  plan(orders);
  return orders;
}

SharedPool::Claim SharedPool::claim(const ConnectionKindPtr& kind, Life life, Unfit unfit) {
  const std::scoped_lock lock(mutex_);
  // While connections are being offered, nobody knows yet that somebody cannot be served without a place.
  const bool may_close = unfit == Unfit::close && asked_ == 0 && taken_ >= limit_ && may_open();
  Kinds coming = coming_;
  Claim claim;
  for (const PoolWaiterPtr& waiter : queue_) {
    const bool fits = waiter->kind == kind;
    if (fits && life == Life::certain) {
      claim.outcome = Claim::Outcome::leased;
      claim.waiter = waiter;
      remove(*claim.waiter);
      return claim;
    }
    if (cover(coming, waiter->kind.get())) continue;
    if (fits) {
      claim.outcome = Claim::Outcome::to_check;
      coming_.push_back(kind.get());
      return claim;
    }
    if (!may_close) continue;
    claim.outcome = Claim::Outcome::to_close;
    claim.heir = {&waiter->pool, waiter->kind};
    ++openings_;
    coming_.push_back(waiter->kind.get());
    return claim;
  }
  return claim;
}

// --- Connections and places ---

void SharedPool::end_coming(const ConnectionKindPtr& kind) {
  [[maybe_unused]] const bool was_coming = cover(coming_, kind.get());
  assert(was_coming);
}

void SharedPool::expect(const ConnectionKindPtr& kind) {
  const std::scoped_lock lock(mutex_);
  coming_.push_back(kind.get());
}

SharedPool::Orders SharedPool::arrived(const ConnectionKindPtr& kind) {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  end_coming(kind);
  plan(orders);
  return orders;
}

bool SharedPool::reserve(const ConnectionKindPtr& kind, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  limit_ = limit;
  if (!queue_.empty() || taken_ >= limit_ || backoff_.failing()) return false;
  ++taken_;
  ++openings_;
  coming_.push_back(kind.get());
  return true;
}

SharedPool::Orders SharedPool::opened(const ConnectionKindPtr& kind) {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  end_coming(kind);
  --openings_;
  backoff_.succeeded();
  plan(orders);
  return orders;
}

SharedPool::Orders SharedPool::opening_failed(const ConnectionKindPtr& kind, const LoginFailure& failure,
                                              core::TimePoint started) {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  end_coming(kind);
  --openings_;
  --taken_;
  if (LoginBackoff::concerns(failure)) {
    backoff_.failed(kind->target, failure, started, core::SteadyClock::now());
    // Who waits may still be served by connections that are open, as far as there are any.
    if (nothing_lives()) refuse_all(orders);
  } else {
    // A matter of this kind of connection; each who wants one gets an answer of the server's own.
    const auto first = std::ranges::find(queue_, kind, &PoolWaiter::kind);
    if (first != queue_.end()) {
      orders.failure = failure;
      orders.refused.push_back(*first);
      remove(*orders.refused.back());
    }
  }
  plan(orders);
  return orders;
}

SharedPool::Orders SharedPool::opening_dropped(const ConnectionKindPtr& kind) {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  end_coming(kind);
  --openings_;
  --taken_;
  plan(orders);
  return orders;
}

SharedPool::Orders SharedPool::give_back(bool shrunk) {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  assert(taken_ > 0);
  --taken_;
  if (shrunk) --shrinking_;
  plan(orders);
  return orders;
}

bool SharedPool::may_shrink(std::size_t least) {
  const std::scoped_lock lock(mutex_);
  if (taken_ - shrinking_ <= least) return false;
  ++shrinking_;
  return true;
}

SharedPool::Orders SharedPool::fill(ServerPool& pool, const ConnectionKindPtr& kind, std::size_t least,
                                    std::size_t limit) {
  Orders orders;
  if (taken_.load(std::memory_order_relaxed) > least) return orders;
  const std::scoped_lock lock(mutex_);
  while (taken_ - shrinking_ < least && taken_ < limit && may_open()) open_for(kind, pool, orders);
  return orders;
}

SharedPool::Orders SharedPool::tick() {
  Orders orders;
  const std::scoped_lock lock(mutex_);
  plan(orders);
  return orders;
}

void SharedPool::end_pause() {
  const std::scoped_lock lock(mutex_);
  backoff_.end_pause(core::SteadyClock::now());
}

// --- What is known ---

bool SharedPool::only_opening() const {
  const std::scoped_lock lock(mutex_);
  return openings_ != 0 && nothing_lives();
}

std::optional<LoginFailure> SharedPool::remembered_failure(const ServerTarget& target) const {
  const std::scoped_lock lock(mutex_);
  if (!backoff_.failing() || backoff_.is_of_another(target)) return std::nullopt;
  return backoff_.failure();
}

SharedPool::Counts SharedPool::counts() const {
  const std::scoped_lock lock(mutex_);
  Counts counts{taken_, openings_, 0, queue_.size()};
  for (std::size_t i = 0; i < seat_count_; ++i) counts.idle += seats_[i].idle.load(std::memory_order_relaxed);
  return counts;
}

}  // namespace sqlproxy::backend
