#include "frontend/login_throttle.hpp"

#include <algorithm>

namespace sqlproxy::frontend {
namespace {

constexpr std::chrono::seconds kMemory{60};

}  // namespace

std::chrono::milliseconds LoginThrottle::failed(const std::string& address, core::TimePoint now) {
  const std::scoped_lock lock(mutex_);
  if (by_address_.size() >= kMaxAddresses && !by_address_.contains(address)) {
    std::erase_if(by_address_, [now](const auto& entry) { return now - entry.second.last > kMemory; });
    if (by_address_.size() >= kMaxAddresses) {
      by_address_.erase(std::ranges::min_element(by_address_, {}, [](const auto& entry) { return entry.second.last; }));
    }
  }
  Failures& failures = by_address_[address];
  if (now - failures.last > kMemory) failures.delay = {};
  failures.last = now;
  failures.delay = std::clamp(failures.delay * 2, kFirst, kLongest);
  return failures.delay;
}

void LoginThrottle::succeeded(const std::string& address) {
  const std::scoped_lock lock(mutex_);
  by_address_.erase(address);
}

}  // namespace sqlproxy::frontend
