// The part of ServerPool that carries out what a SharedPool decides.
#include <utility>

#include "backend/server_pool.hpp"

namespace sqlproxy::backend {

void ServerPool::carry_out(const SharedPoolPtr& shared, SharedPool::Orders orders) {
  const auto in_worker_of = [this](ServerPool& pool, auto task) {
    if (&pool == this) return task();
    asio::post(pool.executor_, std::move(task));
  };
  for (PoolWaiterPtr& waiter : orders.refused) {
    in_worker_of(waiter->pool, [waiter, failure = *orders.failure] { waiter->pool.refuse(*waiter, failure); });
  }
  for (const auto& [pool, kind] : orders.openings) {
    in_worker_of(*pool, [pool, shared, kind] { pool->begin_opening(shared, kind); });
  }
  for (ServerPool* pool : orders.offers) in_worker_of(*pool, [pool, shared] { pool->offer(shared); });
  for (ServerPool* pool : orders.evictions) in_worker_of(*pool, [pool, shared] { pool->evict(shared); });
}

void ServerPool::offer(const SharedPoolPtr& shared) {
  shared->begin_offer(worker_);
  if (WorkerPool* const pool = find_pool(shared->key()); pool != nullptr && !stopping_) offer_idle(*pool);
  carry_out(shared, shared->end_offer());
}

void ServerPool::offer_idle(WorkerPool& pool) {
  for (std::size_t i = 0; i < pool.buckets.size() && pool.shared->has_waiters(); ++i) {
    PoolMember* next = pool.buckets[i]->idle.newest();
    while (next != nullptr) {
      PoolMember& member = *std::exchange(next, next->older);
      if (!member.connection->closed() && !serve(member, SharedPool::Unfit::keep)) break;
    }
  }
}

void ServerPool::evict(const SharedPoolPtr& shared) {
  WorkerPool* const pool = find_pool(shared->key());
  if (pool == nullptr || stopping_) return;
  for (const auto& bucket : pool->buckets) {
    if (PoolMember* const member = bucket->idle.oldest()) {
      if (serve(*member, SharedPool::Unfit::close)) return;
    }
  }
}

bool ServerPool::serve(PoolMember& member, SharedPool::Unfit unfit) {
  // What the server says unasked must be there as a whole before somebody else reads.
  if (member.connection->closed() || (member.state == State::idle && !member.connection->input().empty())) return false;
  WorkerPool& pool = *member.bucket->pool;
  const bool stale = pool.needs_check(member, core::SteadyClock::now());
  SharedPool::Claim claim = pool.shared->claim(
      member.bucket->kind, stale ? SharedPool::Life::to_be_checked : SharedPool::Life::certain, unfit);
  using Outcome = SharedPool::Claim::Outcome;
  if (claim.outcome == Outcome::unwanted) return false;
  if (member.state == State::idle) take_from_idle(member, State::settling);
  member.state = State::settling;
  switch (claim.outcome) {
    case Outcome::leased:
      if (&claim.waiter->pool == this) {
        hand(member, *claim.waiter);
      } else {
        send(member, std::move(claim.waiter));
      }
      break;
    case Outcome::to_check: tasks_.spawn(check(member.connection->id(), pool.shared)); break;
    case Outcome::to_close:
      member.place_moves = true;
      member.heir = std::move(claim.heir);
      close(member);
      break;
    case Outcome::unwanted: break;
  }
  return true;
}

void ServerPool::refuse(PoolWaiter& waiter, LoginFailure failure) {
  if (waiter.gone) return;
  waiter.failure = std::move(failure);
  waiter.changed.notify_all();
}

void ServerPool::send(PoolMember& member, PoolWaiterPtr waiter) {
  member.state = State::leaving;
  member.place_moves = true;
  const auto arrive = [this, id = member.connection->id(), shared = member.bucket->pool->shared,
                       waiter = std::move(waiter)](Detached detached) {
    // It ended while it was being detached: its place is given back here after all.
    if (!detached) members_.at(id).place_moves = false;
    ServerPool& pool = waiter->pool;
    asio::post(pool.executor_, [&pool, shared, waiter, detached = std::move(detached)]() mutable {
      pool.receive(shared, waiter, std::move(detached));
    });
  };
  member.connection->detach_from_worker(arrive);
}

void ServerPool::receive(const SharedPoolPtr& shared, const PoolWaiterPtr& waiter, Detached detached) {
  if (!detached) {
    if (!waiter->gone) carry_out(shared, shared->join(waiter, SharedPool::kSameLimit, SharedPool::End::front));
    return;
  }
  if (stopping_) return carry_out(shared, shared->give_back(false));
  PoolMember& member =
      adopt(ServerConnection::reattach(executor_, next_id_++, std::move(detached)), shared, waiter->kind);
  // What is too late for the one it was meant for is for the next.
  if (waiter->gone) return settle(member);
  hand(member, *waiter);
}

void ServerPool::begin_opening(const SharedPoolPtr& shared, const ConnectionKindPtr& kind) {
  if (stopping_) return carry_out(shared, shared->opening_dropped(kind));
  tasks_.spawn(open(shared, kind));
}

net::Task<void> ServerPool::open(SharedPoolPtr shared, ConnectionKindPtr kind) {
  const core::TimePoint started = core::SteadyClock::now();
  auto opened = co_await ServerConnection::open(deadlines_, next_id_++, kind->target, kind->settings,
                                                pool_of(shared->key()).connect_timeout);
  if (const auto* failed = std::get_if<LoginFailure>(&opened)) {
    ++failed_logins_;
    co_return carry_out(shared, shared->opening_failed(kind, *failed, started));
  }
  ++logins_;
  if (stopping_) co_return carry_out(shared, shared->opening_dropped(kind));
  settle(adopt(std::move(std::get<std::unique_ptr<ServerConnection>>(opened)), shared, kind));
  carry_out(shared, shared->opened(kind));
}

}  // namespace sqlproxy::backend
