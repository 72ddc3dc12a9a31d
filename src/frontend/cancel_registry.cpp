#include "frontend/cancel_registry.hpp"

#include <algorithm>
#include <cstring>

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
    entries_.emplace(process_id, Entry{key, std::move(cancel), nullptr, {}});
    return key;
  }
}

std::int32_t CancelRegistry::unused_process_id(std::int32_t wanted) const {
  // Beyond what Linux gives to processes (pid_max is 2^22 at most), so that none is taken for a server's own.
  constexpr std::uint32_t kFirstVirtual = std::uint32_t{1} << 22;
  constexpr std::uint32_t kLastVirtual = 0x7FFFFFFF;
  const std::scoped_lock lock(mutex_);
  while (entries_.contains(wanted)) {
    std::uint32_t random = 0;
    const std::string bytes = core::random_string(sizeof random);
    std::memcpy(&random, bytes.data(), sizeof random);
    wanted = static_cast<std::int32_t>(kFirstVirtual + random % (kLastVirtual - kFirstVirtual));
  }
  return wanted;
}

bool CancelRegistry::Entry::is_of(const backend::ServerTarget& other) const {
  return target && target->host == other.host && target->port == other.port;
}

void CancelRegistry::follow_process(std::int32_t process_id, const std::string& key,
                                    std::shared_ptr<const backend::ServerTarget> target, LossHandler on_loss) {
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = entries_.equal_range(process_id);
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second.key != key) continue;
    entry->second.target = std::move(target);
    entry->second.on_loss = std::move(on_loss);
    return;
  }
}

bool CancelRegistry::taken(const backend::ServerTarget& target, std::int32_t process_id) const {
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = entries_.equal_range(process_id);
  return std::any_of(first, last, [&target](const auto& entry) { return entry.second.is_of(target); });
}

void CancelRegistry::lost(const backend::ServerTarget& target, std::int32_t process_id, Loss loss) const {
  const std::scoped_lock lock(mutex_);
  const auto [first, last] = entries_.equal_range(process_id);
  for (auto entry = first; entry != last; ++entry) {
    if (entry->second.is_of(target)) entry->second.on_loss(loss);
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
