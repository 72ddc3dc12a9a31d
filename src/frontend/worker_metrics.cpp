#include "frontend/worker_metrics.hpp"

namespace sqlproxy::frontend {

std::string_view name_of(LoginOutcome outcome) {
  switch (outcome) {
    case LoginOutcome::ok: return "ok";
    case LoginOutcome::denied: return "denied";
    case LoginOutcome::limited: return "limited";
    case LoginOutcome::unavailable: return "unavailable";
    case LoginOutcome::refused: return "refused";
    case LoginOutcome::abandoned: return "abandoned";
  }
  return "refused";
}

DatabaseMeter& WorkerMetrics::database(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  auto found = databases_.find(name);
  if (found == databases_.end()) {
    const std::string_view label = databases_.size() < kMaxDatabases ? name : kOther;
    found = databases_.try_emplace(std::string(label)).first;
  }
  if (!found->second) found->second = std::make_unique<DatabaseMeter>();
  return *found->second;
}

StatementMeter& WorkerMetrics::statements(std::string_view database, std::string_view user) {
  const std::scoped_lock lock(mutex_);
  std::pair<std::string, std::string> labels(database, user);
  auto found = users_.find(labels);
  if (found == users_.end()) {
    if (users_.size() >= kMaxUsers) labels = {std::string(kOther), std::string(kOther)};
    found = users_.try_emplace(std::move(labels)).first;
  }
  if (!found->second) found->second = std::make_unique<StatementMeter>();
  return *found->second;
}

void WorkerMetrics::for_each_database(
    const std::function<void(const std::string& name, const DatabaseMeter&)>& visit) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, meter] : databases_) visit(name, *meter);
}

void WorkerMetrics::for_each_user(const std::function<void(const std::string& database, const std::string& user,
                                                           const StatementMeter&)>& visit) const {
  const std::scoped_lock lock(mutex_);
  for (const auto& [labels, meter] : users_) visit(labels.first, labels.second, *meter);
}

}  // namespace sqlproxy::frontend
