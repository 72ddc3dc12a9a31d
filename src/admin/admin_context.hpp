#pragma once

#include <string>
#include <utility>
#include <vector>

#include "admin/database_stats.hpp"
#include "admin/process_control.hpp"
#include "admin/proxy_view.hpp"
#include "frontend/services.hpp"
#include "frontend/worker.hpp"

namespace sqlproxy::admin {

// What the surfaces of the administration have in common. Owned by Administration; outlives the workers' threads.
struct AdminContext {
  AdminContext(frontend::Services& shared, ProcessControl process, std::string program_version)
      : services(shared), control(std::move(process)), version(std::move(program_version)) {}

  frontend::Services& services;
  ProcessControl control;
  std::string version;  // "sql-proxy 0.1.0"
  std::vector<frontend::Worker*> workers;
  StatsHistory history{core::SteadyClock::now()};
};

// What can be seen without asking the workers. Any thread.
[[nodiscard]] ProxyView base_view(AdminContext& context, frontend::SnapshotPtr snapshot);
// Adds what one worker has answered.
void add_summary(frontend::WorkerSummary& sum, const frontend::WorkerSummary& one);
// Adds up what several workers have listed, those of most clients first.
[[nodiscard]] std::vector<frontend::PreparedReport> merge_prepared(const std::vector<frontend::PreparedReport>& all);

// Of those that SHOW PREPARED and the API list.
inline constexpr std::size_t kMaxPrepared = 1000;

}  // namespace sqlproxy::admin
