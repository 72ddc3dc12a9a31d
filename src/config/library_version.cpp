#include "config/library_version.hpp"

#include "config/loading/toml.hpp"

namespace sqlproxy::config {

std::string toml_version() {
  return std::to_string(TOML_LIB_MAJOR) + '.' + std::to_string(TOML_LIB_MINOR) + '.' + std::to_string(TOML_LIB_PATCH);
}

}  // namespace sqlproxy::config
