#include "backend/library_versions.hpp"

#include <libpq-fe.h>

#include <string>

namespace sqlproxy::backend {

std::vector<core::LibraryVersion> library_versions() {
  // 150004 is 15.4 (libpq, section "Control Functions", PQlibVersion).
  const int version = PQlibVersion();
  return {{"libpq", std::to_string(version / 10000) + '.' + std::to_string(version % 10000)}};
}

}  // namespace sqlproxy::backend
