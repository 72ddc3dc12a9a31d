#include "frontend/client_limits.hpp"

namespace sqlproxy::frontend {

ClientLimits::Seat& ClientLimits::Seat::operator=(Seat&& other) noexcept {
  if (this == &other) return *this;
  leave();
  limits_ = std::exchange(other.limits_, nullptr);
  by_ = other.by_;
  place_ = other.place_;
  return *this;
}

void ClientLimits::Seat::leave() {
  if (ClientLimits* const limits = std::exchange(limits_, nullptr)) limits->leave(by_, place_);
}

std::optional<ClientLimits::Seat> ClientLimits::take(By by, const std::string& name, std::optional<std::size_t> limit) {
  const std::scoped_lock lock(mutex_);
  auto& counts = counts_[static_cast<std::size_t>(by)];
  const auto known = counts.find(name);
  if (limit && (known == counts.end() ? 0 : known->second) >= *limit) return std::nullopt;
  const auto place = known != counts.end() ? known : counts.emplace(name, 0).first;
  ++place->second;
  return Seat(*this, by, place);
}

void ClientLimits::leave(By by, Counts::iterator place) {
  const std::scoped_lock lock(mutex_);
  if (--place->second == 0) counts_[static_cast<std::size_t>(by)].erase(place);
}

std::vector<std::pair<std::string, std::size_t>> ClientLimits::counts(By by) const {
  const std::scoped_lock lock(mutex_);
  const auto& counts = counts_[static_cast<std::size_t>(by)];
  return {counts.begin(), counts.end()};
}

}  // namespace sqlproxy::frontend
