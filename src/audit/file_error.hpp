#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

#include "core/error.hpp"

namespace sqlproxy::audit {

// The error of a failed system call on a file, as in: cannot open file "audit.jsonl": Permission denied
[[nodiscard]] inline core::Error file_error(std::string_view action, const std::filesystem::path& path,
                                            int error_number) {
  return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kIoError,
                          "cannot " + std::string(action) + " file \"" + path.string() +
                              "\": " + std::generic_category().message(error_number));
}

}  // namespace sqlproxy::audit
