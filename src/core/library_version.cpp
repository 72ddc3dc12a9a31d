#include "core/library_version.hpp"

#include <fmt/core.h>
#include <spdlog/version.h>

namespace sqlproxy::core {

std::vector<LibraryVersion> library_versions() {
  return {{"spdlog", fmt::format("{}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH)},
          {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)}};
}

}  // namespace sqlproxy::core
