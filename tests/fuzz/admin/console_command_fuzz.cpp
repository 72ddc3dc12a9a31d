// Any text is commands of the console or an error. What a command is in the audit is a command again, and the same.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "admin/console_command.hpp"

namespace {

using namespace sqlproxy::admin;

void require(bool condition) {
  if (!condition) std::abort();
}

bool names_a_database(const ConsoleCommand& command) {
  return std::holds_alternative<PauseCommand>(command) || std::holds_alternative<ResumeCommand>(command) ||
         std::holds_alternative<ReconnectCommand>(command) || std::holds_alternative<KillCommand>(command);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto commands = parse_console_commands(text);
  if (!commands) {
    // Nothing of what the client wrote is in the message.
    require(commands.error().message == "invalid command, use SHOW HELP;" ||
            commands.error().message == "invalid client number supplied");
    return 0;
  }
  for (const ConsoleCommand& command : *commands) {
    const std::string form = audited_form(command);
    require(!form.empty());
    if (names_a_database(command) || std::holds_alternative<SelectCommand>(command)) continue;
    const auto again = parse_console_commands(form);
    require(again && again->size() == 1 && audited_form(again->front()) == form);
  }
  return 0;
}
