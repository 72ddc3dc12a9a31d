#include "pipeline/fingerprint.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sqlproxy::pipeline {

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

}  // namespace sqlproxy::pipeline
