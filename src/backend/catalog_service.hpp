#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "backend/catalog_loader.hpp"
#include "backend/catalog_slot.hpp"
#include "backend/database_place.hpp"
#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// Keeps the catalog snapshots of all databases fresh, on a thread of its own: on demand, and every `interval`. A load's
// connection is kept for the next one for kKeptOpen. One per process; outlives the workers. Thread-safe.
class CatalogService {
 public:
  static constexpr std::chrono::seconds kKeptOpen{5};

  explicit CatalogService(std::chrono::seconds interval = std::chrono::seconds(60));
  CatalogService(const CatalogService&) = delete;
  CatalogService& operator=(const CatalogService&) = delete;
  ~CatalogService();  // stop()

  // The slot for a database, the same one for equal targets. Nothing is loaded before somebody asks for it.
  [[nodiscard]] std::shared_ptr<CatalogSlot> slot(const std::shared_ptr<const ServerTarget>& target,
                                                  const std::string& ca_file);
  // Any connection to that database is closed when the load under way is over. Its catalog is loaded again when that is
  // due: the statement that needs the database for itself may fail, or leave it there.
  void leave(const DatabasePlace& place);
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;
  static constexpr TimePoint kNever = TimePoint::max();

  struct Entry {
    std::shared_ptr<const ServerTarget> target;
    std::string ca_file;
    std::shared_ptr<CatalogSlot> slot;
    // The thread's alone.
    std::unique_ptr<CatalogLoader> loader;
    // When the next load is to begin.
    TimePoint due = kNever;
    // No load that nobody waits for begins before.
    TimePoint pause_until;
    bool in_use = false;  // loaded at least once
    bool leaves = false;  // its connection is to be closed
  };

  void enqueue(std::size_t index, LoadUrgency urgency);
  void run(const std::stop_token& stop);
  void load(Entry& entry, const std::stop_token& stop);
  // These require the lock. The one that is due first, or null; what is unused is closed, and the next time returned.
  [[nodiscard]] Entry* next_due();
  [[nodiscard]] TimePoint close_unused();

  std::chrono::seconds interval_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Entry> entries_;  // stay where they are
  bool any_leaves_ = false;
  std::jthread thread_;
};

}  // namespace sqlproxy::backend
