#include "app/program_version.hpp"

namespace sqlproxy::app {

std::string_view program_version() {
  return SP_VERSION;
}

}  // namespace sqlproxy::app
