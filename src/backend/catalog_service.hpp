#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "backend/catalog_slot.hpp"
#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// Keeps the catalog snapshots of all databases fresh, on a thread of its own: on demand, and every `interval`. One per
// process; outlives the workers. Thread-safe.
class CatalogService {
 public:
  explicit CatalogService(std::chrono::seconds interval = std::chrono::seconds(60));
  CatalogService(const CatalogService&) = delete;
  CatalogService& operator=(const CatalogService&) = delete;
  ~CatalogService();  // stop()

  // The slot for a database, the same one for equal targets. Nothing is loaded before somebody asks for it.
  [[nodiscard]] std::shared_ptr<CatalogSlot> slot(const std::shared_ptr<const ServerTarget>& target,
                                                  const std::string& ca_file);
  void stop();

 private:
  struct Entry {
    std::shared_ptr<const ServerTarget> target;
    std::string ca_file;
    std::shared_ptr<CatalogSlot> slot;
    std::uint64_t generation = 0;
    bool queued = false;
    bool in_use = false;  // loaded at least once
  };

  void enqueue(std::size_t index);
  void run(const std::stop_token& stop);
  void load(std::size_t index, const std::stop_token& stop);

  std::chrono::seconds interval_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<std::size_t> queue_;
  std::deque<Entry> entries_;  // indexes stay valid
  std::jthread thread_;
};

}  // namespace sqlproxy::backend
