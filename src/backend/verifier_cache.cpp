#include "backend/verifier_cache.hpp"

#include <algorithm>

namespace sqlproxy::backend {

std::optional<RoleVerifierPtr> VerifierCache::find(const std::string& user, core::TimePoint now) const {
  for (const Table* table : {&known_, &unknown_}) {
    const auto found = table->find(user);
    if (found != table->end() && now < found->second.until) return found->second.verifier;
  }
  return std::nullopt;
}

void VerifierCache::keep(const std::string& user, const VerifierAnswer& answer, core::TimePoint now) {
  forget(user);
  if (!answer.verifier) {
    const auto lifetime = std::min(lifetime_, kUnknownLifetime);
    if (lifetime.count() > 0) insert(unknown_, kMaxUnknown, user, {nullptr, now + lifetime}, now);
    return;
  }
  const auto lifetime = answer.valid_for ? std::min(lifetime_, *answer.valid_for) : lifetime_;
  if (lifetime.count() > 0) insert(known_, kMaxKnown, user, {answer.verifier, now + lifetime}, now);
}

void VerifierCache::forget(const std::string& user) {
  known_.erase(user);
  unknown_.erase(user);
}

void VerifierCache::insert(Table& table, std::size_t limit, const std::string& user, Entry entry, core::TimePoint now) {
  if (table.size() >= limit) {
    std::erase_if(table, [now](const auto& item) { return item.second.until <= now; });
    if (table.size() >= limit) {
      table.erase(std::ranges::min_element(table, {}, [](const auto& item) { return item.second.until; }));
    }
  }
  table.insert_or_assign(user, std::move(entry));
}

}  // namespace sqlproxy::backend
