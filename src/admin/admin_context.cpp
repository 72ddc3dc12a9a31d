#include "admin/admin_context.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace sqlproxy::admin {

ProxyView base_view(AdminContext& context, frontend::SnapshotPtr snapshot) {
  ProxyView view;
  view.snapshot = std::move(snapshot);
  view.pools = context.services.pool_limits.counts();
  view.pause = context.services.pool_limits.paused();
  view.version = context.version;
  view.draining = context.services.draining.load(std::memory_order_relaxed);
  view.now = core::wall_now();
  view.steady_now = core::SteadyClock::now();
  view.stats = collect_stats(context.workers);
  for (const auto& [database, values] : view.stats) {
    view.averages[database] = context.history.averages_of(database, values, view.steady_now);
  }
  return view;
}

void add_summary(frontend::WorkerSummary& sum, const frontend::WorkerSummary& one) {
  for (std::size_t i = 0; i < sum.clients.size(); ++i) sum.clients[i] += one.clients[i];
  for (std::size_t i = 0; i < sum.pinned.size(); ++i) sum.pinned[i] += one.pinned[i];
  for (const auto& [key, counts] : one.servers) {
    auto& servers = sum.servers[key];
    for (std::size_t i = 0; i < servers.size(); ++i) servers[i] += counts[i];
  }
  sum.parse_cache_hits += one.parse_cache_hits;
  sum.parse_cache_misses += one.parse_cache_misses;
  sum.parse_cache_entries += one.parse_cache_entries;
  sum.parse_cache_bytes += one.parse_cache_bytes;
  sum.server_logins += one.server_logins;
  sum.failed_server_logins += one.failed_server_logins;
}

std::vector<frontend::PreparedReport> merge_prepared(const std::vector<frontend::PreparedReport>& all) {
  std::map<std::pair<std::string, std::string>, std::size_t> clients;
  for (const frontend::PreparedReport& one : all) clients[{one.server_name, one.text}] += one.clients;
  std::vector<frontend::PreparedReport> merged;
  merged.reserve(clients.size());
  for (const auto& [what, count] : clients) merged.push_back({what.second, what.first, count});
  std::ranges::sort(merged, [](const auto& a, const auto& b) {
    return std::tie(b.clients, a.text, a.server_name) < std::tie(a.clients, b.text, b.server_name);
  });
  if (merged.size() > kMaxPrepared) merged.resize(kMaxPrepared);
  return merged;
}

}  // namespace sqlproxy::admin
