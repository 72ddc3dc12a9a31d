#include "frontend/judgement_cache.hpp"

#include <utility>

namespace sqlproxy::frontend {
namespace {

// By what they refer to, which need not exist any more.
template <class T>
bool is_same(const std::weak_ptr<T>& known, const std::shared_ptr<T>& asked) {
  return !known.owner_before(asked) && !asked.owner_before(known);
}

}  // namespace

JudgementCache::BasisId JudgementCache::basis_of(const SnapshotPtr& snapshot,
                                                 const std::shared_ptr<const pipeline::Catalog>& catalog,
                                                 const pipeline::Subject& subject, const pipeline::NameScope& scope) {
  for (const Basis& known : bases_) {
    if (is_same(known.snapshot, snapshot) && is_same(known.catalog, catalog) && known.subject == subject &&
        known.scope == scope) {
      return known.id;
    }
  }
  Basis basis{++last_id_, snapshot, catalog, subject, scope};
  if (bases_.size() < kMaxBases) {
    bases_.push_back(std::move(basis));
  } else {
    bases_[next_basis_] = std::move(basis);
  }
  next_basis_ = (next_basis_ + 1) % kMaxBases;
  return last_id_;
}

JudgementPtr JudgementCache::find(const Key& key) const {
  if (slots_.empty()) return nullptr;
  const std::size_t place = place_of(key);
  if (slots_[place].key == key) return slots_[place].judgement;
  const Slot& beside = slots_[place ^ 1U];
  return beside.key == key ? beside.judgement : nullptr;
}

void JudgementCache::insert(const Key& key, std::shared_ptr<const pipeline::Analysis> analysis,
                            JudgementPtr judgement) {
  if (slots_.empty()) slots_.resize(kSlots);
  const std::size_t place = place_of(key);
  slots_[place ^ 1U] = std::exchange(slots_[place], {key, std::move(analysis), std::move(judgement)});
}

std::size_t JudgementCache::place_of(const Key& key) {
  constexpr std::uint64_t kOddMultiplier = 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = reinterpret_cast<std::uintptr_t>(key.analysis) + key.index;
  mixed = mixed * kOddMultiplier + key.basis;
  mixed = mixed * kOddMultiplier + key.sql_bytes;
  mixed *= kOddMultiplier;
  return static_cast<std::size_t>(mixed >> 32U) % kSlots;
}

}  // namespace sqlproxy::frontend
