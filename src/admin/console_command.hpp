#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::admin {

// What SHOW can show. In the order of kTopicNames.
enum class Topic {
  clients,
  config,
  databases,
  dns_hosts,
  dns_zones,
  help,
  lists,
  mem,
  peer_pools,
  peers,
  policies,
  pools,
  prepared,
  servers,
  state,
  stats,
  stats_averages,
  stats_totals,
  totals,
  users,
  version,
};
// "CLIENTS"
[[nodiscard]] std::string_view name_of(Topic topic);

struct ShowCommand {
  Topic topic = Topic::help;
};

// A setting that drivers ask for; answered as a server would, `value` is what it says.
struct ShowSettingCommand {
  std::string_view name;  // constants, both
  std::string_view value;
};

// What drivers ask when they connect: version(), current_database(), 1.
struct SelectCommand {
  enum class Kind { version, database, schema, current_user, session_user, process_id, unlock, integer, text };
  Kind kind = Kind::integer;
  std::string value;  // of integer and text
};

// SET, RESET, DISCARD, BEGIN ...: accepted, and nothing is done.
struct IgnoredCommand {
  enum class Effect { none, begins, ends };
  std::string tag;
  Effect effect = Effect::none;
  bool notice = false;  // "SET ignored", as from PgBouncer
};

// Without a database: all of them.
struct PauseCommand {
  std::optional<std::string> database;
};
struct ResumeCommand {
  std::optional<std::string> database;
};
struct ReconnectCommand {
  std::optional<std::string> database;
};
struct KillCommand {
  std::optional<std::string> database;
};
struct KillClientCommand {
  std::uint64_t id = 0;
};
struct ReloadCommand {};
enum class ShutdownMode { immediate, wait_for_servers, wait_for_clients };
struct ShutdownCommand {
  ShutdownMode mode = ShutdownMode::immediate;
};

using ConsoleCommand =
    std::variant<ShowCommand, ShowSettingCommand, SelectCommand, IgnoredCommand, PauseCommand, ResumeCommand,
                 ReconnectCommand, KillCommand, KillClientCommand, ReloadCommand, ShutdownCommand>;

// The commands of a text, which semicolons separate; none for an empty one. Words are not case-sensitive, names are as
// they are written, or in double quotes. An error is about the first command that is none.
[[nodiscard]] core::Result<std::vector<ConsoleCommand>> parse_console_commands(std::string_view text);

// The command in its plain form, for the audit: "PAUSE app". Holds nothing that the client wrote but names of
// databases.
[[nodiscard]] std::string audited_form(const ConsoleCommand& command);

}  // namespace sqlproxy::admin
