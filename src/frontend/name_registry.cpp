#include "frontend/name_registry.hpp"

#include <algorithm>

#include "core/identifier.hpp"

namespace sqlproxy::frontend {

void NameRegistry::expect(std::uint32_t payload, std::uint32_t group, Change change, std::string_view name,
                          PreparedPtr statement) {
  expected_.push_back({payload, group, change, std::string(core::truncate_hash_key(name)), std::move(statement)});
}

void NameRegistry::confirm(std::uint32_t payload) {
  const auto found = std::ranges::find(expected_, payload, &Expected::payload);
  if (found == expected_.end()) return;
  switch (found->change) {
    case Change::define: confirmed_[std::move(found->name)] = std::move(found->statement); break;
    case Change::remove: confirmed_.erase(found->name); break;
    case Change::remove_all: remove_all_now(); break;
  }
  expected_.erase(found);
}

void NameRegistry::forget(std::uint32_t payload) {
  std::erase_if(expected_, [payload](const Expected& expected) { return expected.payload == payload; });
}

void NameRegistry::remove_now(std::string_view name) {
  const auto found = confirmed_.find(core::truncate_hash_key(name));
  if (found != confirmed_.end()) confirmed_.erase(found);
}

void NameRegistry::remove_all_now() {
  confirmed_.clear();
}

NameRegistry::Found NameRegistry::find(std::string_view name) const {
  name = core::truncate_hash_key(name);
  for (auto expected = expected_.rbegin(); expected != expected_.rend(); ++expected) {
    if (expected->change == Change::remove_all) return {nullptr, expected->group};
    if (expected->name != name) continue;
    return {expected->change == Change::define ? expected->statement : nullptr, expected->group};
  }
  const auto found = confirmed_.find(name);
  return {found == confirmed_.end() ? nullptr : found->second, 0};
}

}  // namespace sqlproxy::frontend
