#pragma once

#include <string>

namespace sqlproxy::config {

// The version of toml++ that this layer was built with, "3.3.0".
[[nodiscard]] std::string toml_version();

}  // namespace sqlproxy::config
