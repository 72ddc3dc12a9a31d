#pragma once

#include <string>

#include "core/log.hpp"

namespace sqlproxy::app {

// What the command line of `sql-proxy serve` says beside the configuration file.
struct ServeOptions {
  core::LogFormat log_format = core::LogFormat::text;
  core::LogLevel log_level = core::LogLevel::info;
};

// Runs the proxy in the foreground until SIGTERM or SIGINT. Returns the process's exit code: 0 after a drain, 1 for a
// fault in the configuration, 3 for a runtime failure.
[[nodiscard]] int serve(const std::string& config_path, const ServeOptions& options);

}  // namespace sqlproxy::app
