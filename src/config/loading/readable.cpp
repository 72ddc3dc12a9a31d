#include "config/loading/readable.hpp"

#include <unistd.h>

namespace sqlproxy::config::loading {

bool is_readable_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), R_OK) == 0;
}

}  // namespace sqlproxy::config::loading
