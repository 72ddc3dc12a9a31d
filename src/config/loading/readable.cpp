#include "config/loading/readable.hpp"

#include <unistd.h>

namespace sqlproxy::config::loading {

bool is_readable_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), R_OK) == 0;
}

void check_file(const TableReader& table, std::string_view key, const std::filesystem::path& path) {
  if (path.empty() || is_readable_file(path)) return;
  table.fault(table.place(key), in_quotes(key) + " names a file that cannot be read: " + in_quotes(path.string()));
}

}  // namespace sqlproxy::config::loading
