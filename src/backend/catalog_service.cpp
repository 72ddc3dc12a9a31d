#include "backend/catalog_service.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "backend/catalog_loader.hpp"
#include "core/log.hpp"

namespace sqlproxy::backend {
namespace {

const char* sslmode_of(const ServerTarget& target) {
  if (target.tls == ServerTls::disable) return "disable";
  if (target.tls == ServerTls::prefer) return "prefer";
  switch (target.tls_context->verification()) {
    case net::TlsVerification::none: return "require";
    case net::TlsVerification::ca: return "verify-ca";
    case net::TlsVerification::full: return "verify-full";
  }
  return "verify-full";
}

ConnectionParameters parameters_of(const ServerTarget& target, const std::string& ca_file) {
  ConnectionParameters parameters{
      {"host", target.host},
      {"port", std::to_string(target.port)},
      {"dbname", target.dbname},
      {"user", target.user},
      {"password", std::string(target.password.reveal())},
      {"sslmode", sslmode_of(target)},
      {"gssencmode", "disable"},
      {"application_name", "sql-proxy catalog"},
      {"connect_timeout", "10"},
  };
  if (!ca_file.empty()) parameters.emplace_back("sslrootcert", ca_file);
  return parameters;
}

}  // namespace

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
  auto catalog = load_catalog(parameters_of(*target, ca_file), generation, std::chrono::seconds(30), stop);
  if (catalog) {
    slot->publish(*std::move(catalog));
    return;
  }
  core::log().warn("could not load the catalog of database \"{}\": {}", core::log_safe(target->dbname),
                   core::log_safe(catalog.error().message));
  slot->load_failed();
}

}  // namespace sqlproxy::backend
