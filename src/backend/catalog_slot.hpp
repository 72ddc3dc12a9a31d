#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "pipeline/catalog.hpp"

namespace sqlproxy::backend {

// When a catalog is loaded that somebody asks for. `soon` leaves a pause behind the last load, so that names which do
// not exist keep no server busy.
enum class LoadUrgency : std::uint8_t { soon, now };

// The newest catalog snapshot of one database, and the wish for a newer one. Shared by all workers and by the control
// thread that loads; thread-safe. Workers poll version() (one atomic load) and take the snapshot only when it changed.
class CatalogSlot {
 public:
  // `request_load` asks the control thread for a load of this slot; called without a lock, and before the load begins
  // once more only if it has become urgent.
  explicit CatalogSlot(std::function<void(LoadUrgency)> request_load) : request_load_(std::move(request_load)) {}

  // Rises with every publish(); 0 before the first.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  // Null before the first publish().
  [[nodiscard]] std::shared_ptr<const pipeline::Catalog> current() const;

  // Rises with every note_ddl(): what a server has analysed at another epoch may rest on what is no longer so.
  [[nodiscard]] std::uint64_t ddl_epoch() const { return ddl_epoch_.load(std::memory_order_acquire); }
  // A statement that changes the catalog is sent, was executed or is committed.
  void note_ddl() { ddl_epoch_.fetch_add(1, std::memory_order_release); }

  // Has a snapshot loaded that is newer than this call.
  void request_refresh(LoadUrgency urgency = LoadUrgency::now);
  // Has a snapshot loaded at once, and calls `done` when a load that began after this call has ended, well or not: on
  // the control thread.
  void refresh_then(std::function<void()> done);

  // The number of the load that began last; 0 before the first. What is committed now, the snapshots of all later ones
  // have.
  [[nodiscard]] std::uint64_t newest_load() const { return newest_load_.load(std::memory_order_acquire); }

  // Control thread: a load begins; what is requested from now on needs another one. Gives its number, which is to be
  // the snapshot's generation.
  std::uint64_t load_started();
  void publish(std::shared_ptr<const pipeline::Catalog> catalog);
  void load_failed();

 private:
  // Requires: the lock. Whether the control thread has to be told.
  [[nodiscard]] bool note_request(LoadUrgency urgency);
  void finish_load();

  std::function<void(LoadUrgency)> request_load_;
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint64_t> ddl_epoch_{0};
  std::atomic<std::uint64_t> newest_load_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const pipeline::Catalog> catalog_;
  std::optional<LoadUrgency> requested_;
  std::vector<std::function<void()>> waiting_;  // for a load that has not begun
  std::vector<std::function<void()>> served_;   // by the load under way
};

}  // namespace sqlproxy::backend
