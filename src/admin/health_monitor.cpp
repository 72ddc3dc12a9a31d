#include "admin/health_monitor.hpp"

#include <utility>
#include <vector>

#include "backend/health_probe.hpp"

namespace sqlproxy::admin {
namespace {

using Databases = HealthMonitor::Databases;

// What stays of an error for whoever has no token: no address, no name of a role.
std::string plain_fault(const core::Error& error) {
  return error.code == core::ErrorCode::timeout ? "no answer in time" : error.message;
}

// All of them at a time, so that one that hangs does not delay the others.
Databases probe_all(const frontend::Snapshot& snapshot, const std::stop_token& stop) {
  Databases databases;
  const core::TimePoint deadline = core::SteadyClock::now() + HealthMonitor::kPatience;
  std::vector<std::jthread> probes;
  for (const auto& [name, entry] : snapshot.config->databases) {
    HealthMonitor::Database& database = databases[name];
    if (name == "*" && entry.dbname.empty()) continue;
    const auto route = snapshot.route(name);
    if (!route) continue;
    probes.emplace_back([&database, route, deadline, &stop] {
      const auto took = backend::probe_server(*route->target, route->settings.tls_ca.string(), deadline, stop);
      database.reachable = took.has_value();
      if (took) {
        database.took = *took;
      } else {
        database.fault = plain_fault(took.error());
      }
    });
  }
  probes.clear();
  return databases;
}

}  // namespace

HealthMonitor::HealthMonitor(std::function<frontend::SnapshotPtr()> snapshot)
    : snapshot_(std::move(snapshot)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

HealthMonitor::~HealthMonitor() {
  stop();
}

void HealthMonitor::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  thread_.request_stop();
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void HealthMonitor::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return asked_; })) {
    asked_ = false;
    lock.unlock();
    Databases found = probe_all(*snapshot_(), stop);
    lock.lock();
    last_ = std::move(found);
    looked_at_ = core::SteadyClock::now();
    changed_.notify_all();
  }
}

HealthMonitor::Databases HealthMonitor::look() {
  std::unique_lock lock(mutex_);
  const auto fresh = [this] { return looked_at_ && core::SteadyClock::now() - *looked_at_ < kFresh; };
  if (!fresh() && !stopping_) {
    asked_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, 2 * kPatience, [&] { return stopping_ || fresh(); });
  }
  return last_;
}

}  // namespace sqlproxy::admin
