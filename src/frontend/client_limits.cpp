#include "frontend/client_limits.hpp"

namespace sqlproxy::frontend {

ClientLimits::Seat& ClientLimits::Seat::operator=(Seat&& other) noexcept {
  if (this == &other) return *this;
  leave();
  limits_ = std::exchange(other.limits_, nullptr);
  by_ = other.by_;
  name_ = std::move(other.name_);
  return *this;
}

void ClientLimits::Seat::leave() {
  if (ClientLimits* const limits = std::exchange(limits_, nullptr)) limits->leave(by_, name_);
}

std::optional<ClientLimits::Seat> ClientLimits::take(By by, const std::string& name, std::optional<std::size_t> limit) {
  const std::scoped_lock lock(mutex_);
  auto& counts = counts_[static_cast<std::size_t>(by)];
  const auto known = counts.find(name);
  if (limit && (known == counts.end() ? 0 : known->second) >= *limit) return std::nullopt;
  ++counts[name];
  return Seat(*this, by, name);
}

void ClientLimits::leave(By by, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  auto& counts = counts_[static_cast<std::size_t>(by)];
  const auto known = counts.find(name);
  if (--known->second == 0) counts.erase(known);
}

std::vector<std::pair<std::string, std::size_t>> ClientLimits::counts(By by) const {
  const std::scoped_lock lock(mutex_);
  const auto& counts = counts_[static_cast<std::size_t>(by)];
  return {counts.begin(), counts.end()};
}

}  // namespace sqlproxy::frontend
