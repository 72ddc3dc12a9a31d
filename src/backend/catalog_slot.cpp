#include "backend/catalog_slot.hpp"

#include <utility>

namespace sqlproxy::backend {

std::shared_ptr<const pipeline::Catalog> CatalogSlot::current() const {
  const std::scoped_lock lock(mutex_);
  return catalog_;
}

bool CatalogSlot::note_request(LoadUrgency urgency) {
  if (requested_ && *requested_ >= urgency) return false;
  requested_ = urgency;
  return true;
}

void CatalogSlot::request_refresh(LoadUrgency urgency) {
  {
    const std::scoped_lock lock(mutex_);
    if (!note_request(urgency)) return;
  }
  request_load_(urgency);
}

void CatalogSlot::refresh_then(std::function<void()> done) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back(std::move(done));
    if (!note_request(LoadUrgency::now)) return;
  }
  request_load_(LoadUrgency::now);
}

std::uint64_t CatalogSlot::load_started() {
  const std::scoped_lock lock(mutex_);
  requested_.reset();
  served_ = std::exchange(waiting_, {});
  return newest_load_.fetch_add(1, std::memory_order_acq_rel) + 1;
}

void CatalogSlot::publish(std::shared_ptr<const pipeline::Catalog> catalog) {
  {
    const std::scoped_lock lock(mutex_);
    catalog_ = std::move(catalog);
    version_.fetch_add(1, std::memory_order_release);
  }
  finish_load();
}

void CatalogSlot::load_failed() {
  finish_load();
}

void CatalogSlot::finish_load() {
  std::vector<std::function<void()>> served;
  {
    const std::scoped_lock lock(mutex_);
    served = std::exchange(served_, {});
  }
  for (const auto& done : served) done();
}

}  // namespace sqlproxy::backend
