#pragma once

#include <string_view>

namespace sqlproxy::app {

// The project's version as CMakeLists.txt states it, "0.1.0".
[[nodiscard]] std::string_view program_version();

}  // namespace sqlproxy::app
