#pragma once

#include <vector>

#include "core/library_version.hpp"

namespace sqlproxy::backend {

// The libraries whose home is this layer.
[[nodiscard]] std::vector<core::LibraryVersion> library_versions();

}  // namespace sqlproxy::backend
