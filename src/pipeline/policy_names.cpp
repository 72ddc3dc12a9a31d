#include "pipeline/policy_names.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sqlproxy::pipeline {

HashedName::HashedName(std::string_view name) : text(name), hash(XXH3_64bits(name.data(), name.size())) {}

}  // namespace sqlproxy::pipeline
