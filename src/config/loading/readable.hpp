#pragma once

#include <filesystem>

namespace sqlproxy::config::loading {

// True when `path` is a file (not a directory) that this process may read now.
[[nodiscard]] bool is_readable_file(const std::filesystem::path& path);

}  // namespace sqlproxy::config::loading
