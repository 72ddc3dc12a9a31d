#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "app/commands/explain.hpp"
#include "app/serve.hpp"

namespace sqlproxy::app {

struct ServeCommand {
  std::string config_path;
  ServeOptions options;
};

struct CheckCommand {
  std::string config_path;
  // Names are looked up in the databases.
  bool live = false;
};

struct ExplainCommand {
  ExplainOptions options;
};

struct PasswordCommand {};

struct VersionCommand {};

struct AuditVerifyCommand {
  std::vector<std::filesystem::path> files;
};

// Nothing to run: what to print, and the exit code. Help is no failure and goes to stdout, usage errors to stderr.
struct EndNow {
  int exit_code = 0;
  std::string output;
  std::string complaint;
};

using Command = std::variant<ServeCommand, CheckCommand, ExplainCommand, PasswordCommand, VersionCommand,
                             AuditVerifyCommand, EndNow>;

// What the command line asks for. Has no effects.
[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace sqlproxy::app
