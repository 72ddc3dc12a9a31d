#include <exception>
#include <iostream>
#include <variant>

#include "app/command_line.hpp"
#include "app/commands/audit_verify.hpp"
#include "app/commands/check.hpp"
#include "app/commands/explain.hpp"
#include "app/commands/password.hpp"
#include "app/commands/version.hpp"
#include "app/exit_code.hpp"
#include "app/serve.hpp"
#include "app/terminal.hpp"

namespace {

using namespace sqlproxy;

int run(const app::ServeCommand& command) {
  return app::serve(command.config_path, command.options);
}

int run(const app::CheckCommand& command) {
  return app::check(command.config_path, command.live ? app::CheckDepth::live : app::CheckDepth::file, std::cout,
                    std::cerr);
}

int run(const app::ExplainCommand& command) {
  return app::explain(command.options, std::cout, std::cerr);
}

int run(const app::PasswordCommand&) {
  if (app::stdin_is_terminal()) return app::password_from_terminal(std::cout, std::cerr);
  return app::password_from_stream(std::cin, std::cout, std::cerr);
}

int run(const app::VersionCommand&) {
  return app::version(std::cout);
}

int run(const app::AuditVerifyCommand& command) {
  return app::audit_verify(command.files, std::cout);
}

int run(const app::EndNow& end) {
  std::cout << end.output;
  std::cerr << end.complaint;
  return end.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return std::visit([](const auto& command) { return run(command); }, app::parse_command_line(argc, argv));
  } catch (const std::exception& error) {
    // Memory, or a fault of ours: nothing below throws on purpose.
    std::cerr << "sql-proxy: " << error.what() << '\n';
    return app::kExitRuntime;
  }
}
