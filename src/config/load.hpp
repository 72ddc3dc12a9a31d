#pragma once

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "config/fault.hpp"

namespace sqlproxy::config {

// What came of a file. `config` is null exactly when there are faults.
struct LoadResult {
  std::shared_ptr<const Config> config;
  // In the order of the file.
  std::vector<Fault> faults;
  // Rules that can never fire: no reason not to run, and one for `check` to refuse the file.
  std::vector<Fault> dead_rules;
  std::vector<Fault> warnings;
};

// Reads and checks the TOML file at `path`: every fault is reported, not only the first (a fault of TOML's own syntax
// hides those after it). Reads the environment and the files that the configuration refers to; safe on hostile input.
[[nodiscard]] LoadResult load_config(const std::filesystem::path& path);

// The same for `text`, as if it stood in a file at `path`: faults name it, and relative paths start at its directory.
[[nodiscard]] LoadResult load_config_text(std::string_view text, const std::filesystem::path& path);

}  // namespace sqlproxy::config
