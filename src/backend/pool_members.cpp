#include "backend/pool_members.hpp"

#include <algorithm>
#include <ratio>

namespace sqlproxy::backend {

void IdleList::push(PoolMember& member) {
  member.newer = nullptr;
  member.older = newest_;
  (newest_ != nullptr ? newest_->newer : oldest_) = &member;
  newest_ = &member;
}

void IdleList::remove(PoolMember& member) {
  (member.newer != nullptr ? member.newer->older : newest_) = member.older;
  (member.older != nullptr ? member.older->newer : oldest_) = member.newer;
  member.newer = member.older = nullptr;
}

bool PoolBucket::fits(const LeaseRequest& request) const {
  return kind->fits(request.target, request.settings) && pool->shared->key() == request.key;
}

void WorkerPool::take_settings(const LeaseRequest& request) {
  pool_size = request.pool_size;
  min_pool_size = request.min_pool_size;
  connect_timeout = request.connect_timeout;
  idle_timeout = request.idle_timeout;
  lifetime = request.lifetime;
  check_delay = request.check_delay;
}

PoolBucket* WorkerPool::find_bucket(const LeaseRequest& request) const {
  const auto found = std::ranges::find_if(
      buckets, [&](const auto& bucket) { return bucket->kind->fits(request.target, request.settings); });
  return found == buckets.end() ? nullptr : found->get();
}

PoolBucket& WorkerPool::bucket(const ConnectionKindPtr& kind) {
  const auto found = std::ranges::find_if(buckets, [&](const auto& bucket) { return bucket->kind == kind; });
  if (found != buckets.end()) return **found;
  buckets.push_back(std::make_unique<PoolBucket>());
  buckets.back()->pool = this;
  buckets.back()->kind = kind;
  return *buckets.back();
}

bool WorkerPool::outlived(const PoolMember& member, core::TimePoint now) const {
  if (lifetime <= std::chrono::milliseconds::zero()) return false;
  const auto spread = static_cast<std::uint32_t>(member.connection->greeting().process_id) % 11;
  return now - member.connection->opened_at() > lifetime - lifetime * spread / 100;
}

bool WorkerPool::needs_check(const PoolMember& member, core::TimePoint now) const {
  return check_delay > std::chrono::milliseconds::zero() && now - member.idle_since > check_delay;
}

bool WorkerPool::usable(const PoolMember& member, core::TimePoint now) const {
  return !member.connection->closed() && member.connection->input().empty() && !needs_check(member, now) &&
         !outlived(member, now);
}

}  // namespace sqlproxy::backend
