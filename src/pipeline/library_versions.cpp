#include "pipeline/library_versions.hpp"

#include <pg_query.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <string>

namespace sqlproxy::pipeline {

std::vector<core::LibraryVersion> library_versions() {
  const unsigned xxhash = XXH_versionNumber();
  return {{"libpg_query", std::string("grammar of PostgreSQL ") + PG_VERSION},
          {"xxHash", std::to_string(xxhash / 10000) + '.' + std::to_string(xxhash / 100 % 100) + '.' +
                         std::to_string(xxhash % 100)}};
}

}  // namespace sqlproxy::pipeline
