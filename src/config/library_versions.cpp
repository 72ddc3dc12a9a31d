#include "config/library_versions.hpp"

#include <string>

#include "config/loading/toml.hpp"

namespace sqlproxy::config {

std::vector<core::LibraryVersion> library_versions() {
  return {{"toml++", std::to_string(TOML_LIB_MAJOR) + '.' + std::to_string(TOML_LIB_MINOR) + '.' +
                         std::to_string(TOML_LIB_PATCH)}};
}

}  // namespace sqlproxy::config
