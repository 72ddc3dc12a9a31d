// What administrators see of a worker, and what they do to its sessions.
#include "frontend/worker_report.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "frontend/client_session.hpp"
#include "frontend/worker.hpp"

namespace sqlproxy::frontend {

WorkerReport Worker::report() const {
  WorkerReport report;
  report.clients.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) report.clients.push_back(session->report());
  report.servers = pool_.report();
  return report;
}

WorkerSummary Worker::summary() const {
  WorkerSummary summary;
  for (const auto& [id, session] : sessions_) {
    ++summary.clients[static_cast<std::size_t>(session->state())];
    const unsigned pins = session->pins();
    for (std::size_t i = 0; i < summary.pinned.size(); ++i) summary.pinned[i] += (pins >> i) & 1U;
  }
  summary.servers = pool_.count_states();
  const pipeline::ParseCache& cache = analyzer_.cache();
  summary.parse_cache_hits = cache.hits();
  summary.parse_cache_misses = cache.misses();
  summary.parse_cache_entries = cache.entries();
  summary.parse_cache_bytes = cache.bytes();
  summary.server_logins = pool_.logins();
  summary.failed_server_logins = pool_.failed_logins();
  return summary;
}

std::vector<PreparedReport> Worker::prepared(std::size_t most) const {
  std::map<std::pair<std::string, std::string>, std::size_t> clients;
  for (const auto& [id, session] : sessions_) {
    session->for_each_prepared([&](const PreparedStatement& prepared) {
      const pipeline::Statement* statement = prepared.statement();
      if (statement == nullptr) return;
      ++clients[{prepared.source ? prepared.source->server_name : std::string(), statement->normalized}];
    });
  }
  std::vector<PreparedReport> reports;
  reports.reserve(clients.size());
  for (const auto& [what, count] : clients) reports.push_back({what.second, what.first, count});
  std::ranges::sort(reports, std::ranges::greater(), &PreparedReport::clients);
  if (reports.size() > most) reports.resize(most);
  return reports;
}

bool Worker::end_session(SessionId id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return false;
  found->second->abort();
  return true;
}

void Worker::kill(const backend::DatabaseFilter& filter) {
  for (auto& [id, session] : sessions_) {
    if (session->concerns(filter)) session->abort();
  }
  pool_.reconnect(filter);
}

}  // namespace sqlproxy::frontend
