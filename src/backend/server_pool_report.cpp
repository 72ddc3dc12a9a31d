// The part of ServerPool that administrators use: what there is, and closing it in order.
#include <string_view>
#include <utility>

#include "backend/server_pool.hpp"
#include "net/peer_name.hpp"
#include "net/tls_context.hpp"

namespace sqlproxy::backend {

std::string_view name_of(ServerReport::State state) {
  switch (state) {
    case ServerReport::State::active: return "active";
    case ServerReport::State::idle: return "idle";
    case ServerReport::State::used: return "used";
    case ServerReport::State::tested: return "tested";
    case ServerReport::State::being_canceled: return "being_canceled";
  }
  return "active";
}

ServerReport::State ServerPool::reported_state(const PoolMember& member, core::TimePoint now) {
  using Reported = ServerReport::State;
  switch (member.state) {
    case State::in_use: return Reported::active;
    case State::idle: return member.bucket->pool->needs_check(member, now) ? Reported::used : Reported::idle;
    default: return member.cancels_in_flight > 0 ? Reported::being_canceled : Reported::tested;
  }
}

std::vector<ServerReport> ServerPool::report() const {
  const core::TimePoint now = core::SteadyClock::now();
  std::vector<ServerReport> reports;
  reports.reserve(members_.size());
  for (const auto& [id, member] : members_) {
    ServerConnection& connection = *member.connection;
    if (member.state == State::leaving || connection.closed()) continue;
    ServerReport& report = reports.emplace_back();
    report.id = id;
    report.pool = member.bucket->pool->shared->key();
    report.state = reported_state(member, now);
    const net::PeerName peer = net::remote_name(connection.stream().socket());
    report.address = peer.address;
    report.port = peer.port;
    const net::PeerName local = net::local_name(connection.stream().socket());
    report.local_address = local.address;
    report.local_port = local.port;
    report.opened_at = connection.opened_at();
    report.idle_since = member.idle_since;
    report.closes = member.retired;
    report.process_id = connection.greeting().process_id;
    if (connection.stream().is_tls()) report.tls = net::tls_version_name(connection.stream().ssl());
    for (const Setting& parameter : connection.parameters()) {
      if (parameter.name == "application_name") report.application_name = parameter.value;
    }
    report.prepared_statements = connection.statements().size();
  }
  return reports;
}

std::map<PoolKey, ServerPool::StateCounts> ServerPool::count_states() const {
  const core::TimePoint now = core::SteadyClock::now();
  std::map<PoolKey, StateCounts> counts;
  for (const auto& [id, member] : members_) {
    if (member.state == State::leaving) continue;
    ++counts[member.bucket->pool->shared->key()][static_cast<std::size_t>(reported_state(member, now))];
  }
  return counts;
}

void ServerPool::reconnect(const DatabaseFilter& filter) {
  for (auto& [id, member] : members_) {
    if (!filter.matches(member.bucket->pool->shared->key())) continue;
    member.retired = true;
    if (member.state == State::idle) close(member);
  }
}

void ServerPool::note_pause() {
  asio::post(executor_, [this] {
    for (auto& [id, member] : members_) {
      if (member.state == State::idle && member.bucket->pool->shared->paused()) close(member);
    }
    for (PoolWaiter* waiter : waiters_) waiter->changed.notify_all();
    pause_changed_.notify_all();
  });
}

net::Task<void> ServerPool::wait_while_paused(const PoolKey& key, LeaseAbort* abort) {
  const SharedPoolPtr shared = pool_of(key).shared;
  if (abort != nullptr) abort->waiting_ = &pause_changed_;
  while (shared->paused() && !stopping_ && !(abort != nullptr && abort->aborted())) co_await pause_changed_.wait();
  if (abort != nullptr) abort->waiting_ = nullptr;
}

}  // namespace sqlproxy::backend
