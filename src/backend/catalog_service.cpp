#include "backend/catalog_service.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "backend/catalog_loader.hpp"
#include "core/log.hpp"

namespace sqlproxy::backend {

CatalogService::CatalogService(std::chrono::seconds interval)
    : interval_(interval), thread_([this](const std::stop_token& stop) { run(stop); }) {}

CatalogService::~CatalogService() {
  stop();
}

void CatalogService::stop() {
  thread_.request_stop();
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<CatalogSlot> CatalogService::slot(const std::shared_ptr<const ServerTarget>& target,
                                                  const std::string& ca_file) {
  const std::scoped_lock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.ca_file != ca_file || entry.target->tls_context != target->tls_context) continue;
    if (*entry.target == *target) return entry.slot;
  }
  const std::size_t index = entries_.size();
  Entry& entry = entries_.emplace_back();
  entry.target = target;
  entry.ca_file = ca_file;
  entry.slot = std::make_shared<CatalogSlot>([this, index] { enqueue(index); });
  return entry.slot;
}

void CatalogService::enqueue(std::size_t index) {
  {
    const std::scoped_lock lock(mutex_);
    Entry& entry = entries_[index];
    if (entry.queued) return;
    entry.queued = true;
    entry.in_use = true;
    queue_.push_back(index);
  }
  wake_.notify_one();
}

void CatalogService::run(const std::stop_token& stop) {
  auto next_round = std::chrono::steady_clock::now() + interval_;
  while (!stop.stop_requested()) {
    std::size_t index = 0;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, stop, next_round, [this] { return !queue_.empty(); });
      if (stop.stop_requested()) return;
      if (std::chrono::steady_clock::now() >= next_round) {
        next_round = std::chrono::steady_clock::now() + interval_;
        for (std::size_t i = 0; i < entries_.size(); ++i) {
          if (!entries_[i].in_use || std::exchange(entries_[i].queued, true)) continue;
          queue_.push_back(i);
        }
      }
      if (queue_.empty()) continue;
      index = queue_.front();
      queue_.pop_front();
      entries_[index].queued = false;
    }
    load(index, stop);
  }
}

void CatalogService::load(std::size_t index, const std::stop_token& stop) {
  std::shared_ptr<const ServerTarget> target;
  std::shared_ptr<CatalogSlot> slot;
  std::string ca_file;
  std::uint64_t generation = 0;
  {
    const std::scoped_lock lock(mutex_);
    Entry& entry = entries_[index];
    target = entry.target;
    slot = entry.slot;
    ca_file = entry.ca_file;
    generation = ++entry.generation;
  }
  slot->load_started();
  auto catalog = load_catalog(connection_parameters(*target, ca_file, "sql-proxy catalog"), generation,
                              std::chrono::seconds(30), stop);
  if (catalog) {
    slot->publish(*std::move(catalog));
    return;
  }
  core::log().warn("could not load the catalog of database \"{}\": {}", core::log_safe(target->dbname),
                   core::log_safe(catalog.error().message));
  slot->load_failed();
}

}  // namespace sqlproxy::backend
