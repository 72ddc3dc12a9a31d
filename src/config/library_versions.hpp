#pragma once

#include <vector>

#include "core/library_version.hpp"

namespace sqlproxy::config {

// The libraries whose home is this layer.
[[nodiscard]] std::vector<core::LibraryVersion> library_versions();

}  // namespace sqlproxy::config
