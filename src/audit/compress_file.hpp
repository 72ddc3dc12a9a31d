#pragma once

#include <atomic>
#include <filesystem>

#include "core/result.hpp"

namespace sqlproxy::audit {

// Puts a zstd-compressed copy of `source` at `target`, through "<target>.tmp" and a rename, so that a file of that name
// is always whole and on stable storage. Stops early with an error once `cancelled` is set. Leaves `source` alone.
[[nodiscard]] core::Status compress_file(const std::filesystem::path& source, const std::filesystem::path& target,
                                         const std::atomic<bool>& cancelled);

// Makes a change of the folder's entries (a new name, a rename) survive a power loss, as far as the system can.
void sync_folder_of(const std::filesystem::path& path);

}  // namespace sqlproxy::audit
