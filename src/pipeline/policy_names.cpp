#include "pipeline/policy_names.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sqlproxy::pipeline {

std::uint64_t HashedName::hash_of(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

}  // namespace sqlproxy::pipeline
