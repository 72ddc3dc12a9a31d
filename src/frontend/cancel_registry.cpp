#include "frontend/cancel_registry.hpp"

#include "core/random.hpp"
#include "core/secret.hpp"

namespace sqlproxy::frontend {

std::string CancelRegistry::issue(std::int32_t process_id, std::size_t size, Cancel cancel) {
  const std::scoped_lock lock(mutex_);
  for (;;) {
    std::string key = core::random_string(size);
    const auto [first, last] = entries_.equal_range(process_id);
    bool taken = false;
    for (auto entry = first; entry != last; ++entry) taken |= entry->second.key == key;
    if (taken) continue;
    entries_.emplace(process_id, Entry{key, std::move(cancel)});
    return key;
  }
}

void CancelRegistry::revoke(std::int32_t process_id, const std::string& key) {
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = entries_.equal_range(process_id);
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second.key != key) continue;
    entries_.erase(entry);
    return;
  }
}

void CancelRegistry::request(std::int32_t process_id, const std::string& key, std::function<void()> done) const {
  Cancel cancel;
  {
    const std::scoped_lock lock(mutex_);
    const auto [first, last] = entries_.equal_range(process_id);
    for (auto entry = first; entry != last; ++entry) {
      if (core::constant_time_equal(entry->second.key, key)) cancel = entry->second.cancel;
    }
  }
  if (cancel) {
    cancel(std::move(done));
  } else {
    done();
  }
}

}  // namespace sqlproxy::frontend
