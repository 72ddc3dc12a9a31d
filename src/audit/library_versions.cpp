#include "audit/library_versions.hpp"

#include <zstd.h>

namespace sqlproxy::audit {

std::vector<core::LibraryVersion> library_versions() {
  return {{"zstd", ZSTD_versionString()}};
}

}  // namespace sqlproxy::audit
