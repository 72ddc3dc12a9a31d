#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/text_guard.hpp"

namespace sqlproxy::pipeline {

// The analyses of short texts that came byte for byte before: what a driver sends with parameters comes so, and need
// not be taken apart again for the key of the parse cache.
//
// A fixed number of places (kSlots); of two texts with the same one the newer is kept. What is here was in the parse
// cache, and bounded there. Not thread-safe.
class RecentTexts {
 public:
  // Longer ones are not kept: places times length bounds the memory.
  static constexpr std::size_t kMaxText = 512;

  // The seed should be random, so that nobody can prepare texts that drive out others' for certain.
  explicit RecentTexts(std::uint64_t seed) : seed_(seed) {}

  // Null: it is not there. Allocates nothing.
  [[nodiscard]] std::shared_ptr<const Analysis> find(std::string_view sql, TextEncoding encoding) const;
  void keep(std::string_view sql, TextEncoding encoding, const std::shared_ptr<const Analysis>& analysis);
  void clear() { slots_.clear(); }

 private:
  static constexpr std::size_t kSlots = 256;

  struct Slot {
    std::string text;
    TextEncoding encoding = TextEncoding::utf8;
    std::shared_ptr<const Analysis> analysis;
  };

  [[nodiscard]] std::size_t place_of(std::string_view sql) const;

  std::uint64_t seed_;
  // Empty until the first keep().
  std::vector<Slot> slots_;
};

}  // namespace sqlproxy::pipeline
