#include "pipeline/classification/shape_cache.hpp"

#include <xxhash.h>

namespace sqlproxy::pipeline {
namespace {

std::uint64_t hash_of(std::string_view description, std::uint64_t basis) {
  return XXH3_64bits_withSeed(description.data(), description.size(), basis);
}

}  // namespace

ResultShapePtr ShapeCache::find(std::string_view description, std::uint64_t basis) const {
  const auto found = entries_.find(hash_of(description, basis));
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  return entry.basis == basis && entry.description == description ? entry.shape : nullptr;
}

void ShapeCache::insert(std::string_view description, std::uint64_t basis, ResultShapePtr shape) {
  if (description.size() > kMaxDescription) return;
  if (entries_.size() >= kMaxEntries) entries_.clear();
  entries_.insert_or_assign(hash_of(description, basis), Entry{std::string(description), basis, std::move(shape)});
}

}  // namespace sqlproxy::pipeline
