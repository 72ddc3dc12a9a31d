#pragma once

#include <filesystem>
#include <string_view>

#include "config/loading/table_reader.hpp"

namespace sqlproxy::config::loading {

// True when `path` is a file (not a directory) that this process may read now.
[[nodiscard]] bool is_readable_file(const std::filesystem::path& path);

// A fault when `path`, the value of `key`, is not empty and cannot be read.
void check_file(const TableReader& table, std::string_view key, const std::filesystem::path& path);

}  // namespace sqlproxy::config::loading
