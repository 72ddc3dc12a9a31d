#include "backend/server_statements.hpp"

#include <algorithm>

namespace sqlproxy::backend {

void ServerStatements::expect(std::uint32_t payload, std::uint32_t group, Change change, std::string_view name,
                              Occupant occupant) {
  occupant.last_use = ++uses_;
  if (occupant.client != 0 && owner_ != occupant.client) owner_ = owner_ == 0 ? occupant.client : kSeveral;
  names_.expect(payload, group, change, name, std::move(occupant));
}

ServerStatements::Found ServerStatements::use(std::string_view name) {
  const Found found = names_.find(name);
  if (found.value != nullptr) found.value->last_use = ++uses_;
  return found;
}

void ServerStatements::wear_out(std::string_view name) {
  if (const Found found = names_.find(name); found.value != nullptr) found.value->worn_out = true;
}

void ServerStatements::find_victims() {
  victims_.clear();
  names_.for_each([this](std::string_view name, const Occupant& occupant, std::uint32_t unconfirmed_group) {
    if (!name.empty() && unconfirmed_group == 0) victims_.emplace_back(occupant.last_use, name);
  });
  const std::size_t kept = std::min(victims_.size(), kVictims);
  std::partial_sort(victims_.begin(), victims_.begin() + static_cast<std::ptrdiff_t>(kept), victims_.end());
  victims_.resize(kept);
  std::ranges::reverse(victims_);
}

std::string ServerStatements::victim() {
  if (names_.size() + names_.expected() < kCapacity) return {};
  if (calls_until_search_ == 0) {
    find_victims();
    calls_until_search_ = kVictims;
  }
  --calls_until_search_;
  while (!victims_.empty()) {
    const auto [last_use, name] = std::move(victims_.back());
    victims_.pop_back();
    const Found found = names_.find(name);
    if (found.value != nullptr && found.unconfirmed_group == 0 && found.value->last_use == last_use) return name;
  }
  return {};
}

}  // namespace sqlproxy::backend
