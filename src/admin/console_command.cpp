#include "admin/console_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "admin/console_lexer.hpp"

namespace sqlproxy::admin {
namespace {

using Kind = ConsoleToken::Kind;

constexpr std::array<std::string_view, 21> kTopicNames{
    "CLIENTS", "CONFIG",     "DATABASES",      "DNS_HOSTS",    "DNS_ZONES", "HELP",     "LISTS",
    "MEM",     "PEER_POOLS", "PEERS",          "POLICIES",     "POOLS",     "PREPARED", "SERVERS",
    "STATE",   "STATS",      "STATS_AVERAGES", "STATS_TOTALS", "TOTALS",    "USERS",    "VERSION",
};

struct FixedSetting {
  std::string_view name;
  std::string_view value;
};

// What drivers ask for before they trust a connection.
constexpr std::array kSettings{
    FixedSetting{"application_name", ""},
    FixedSetting{"client_encoding", "UTF8"},
    FixedSetting{"datestyle", "ISO, MDY"},
    FixedSetting{"default_transaction_isolation", "read committed"},
    FixedSetting{"default_transaction_read_only", "off"},
    FixedSetting{"in_hot_standby", "off"},
    FixedSetting{"integer_datetimes", "on"},
    FixedSetting{"intervalstyle", "postgres"},
    FixedSetting{"is_superuser", "off"},
    FixedSetting{"max_identifier_length", "63"},
    FixedSetting{"search_path", ""},
    FixedSetting{"server_encoding", "UTF8"},
    FixedSetting{"server_version", "15.0"},
    FixedSetting{"server_version_num", "150000"},
    FixedSetting{"standard_conforming_strings", "on"},
    FixedSetting{"statement_timeout", "0"},
    FixedSetting{"timezone", "GMT"},
    FixedSetting{"transaction_isolation", "read committed"},
    FixedSetting{"transaction_read_only", "off"},
};

core::Error invalid_command() {
  // Not what the client wrote: it may be anything.
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kSyntaxError,
                          "invalid command, use SHOW HELP;");
}

core::Error invalid_client() {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidParameterValue,
                          "invalid client number supplied", {}, "SHOW CLIENTS has the numbers in its column \"id\".");
}

bool ends_command(const ConsoleToken& token) {
  return token.kind == Kind::end || token.is_symbol(';');
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  core::Result<std::vector<ConsoleCommand>> parse() {
    std::vector<ConsoleCommand> commands;
    while (token_.kind != Kind::end) {
      if (token_.is_symbol(';')) {
        advance();
        continue;
      }
      auto command = parse_one();
      if (!command) return std::move(command).error();
      if (!ends_command(token_)) return invalid_command();
      commands.push_back(*std::move(command));
    }
    return commands;
  }

 private:
  void advance() { token_ = lexer_.next(); }
  bool take(std::string_view word) {
    if (!token_.is(word)) return false;
    advance();
    return true;
  }
  bool take_symbol(char symbol) {
    if (!token_.is_symbol(symbol)) return false;
    advance();
    return true;
  }

  core::Result<ConsoleCommand> parse_one() {
    if (take("SHOW")) return parse_show();
    if (take("SELECT")) return parse_select();
    if (take("PAUSE")) return ConsoleCommand(PauseCommand{take_name()});
    if (take("RESUME")) return ConsoleCommand(ResumeCommand{take_name()});
    if (take("RECONNECT")) return ConsoleCommand(ReconnectCommand{take_name()});
    if (take("KILL")) return ConsoleCommand(KillCommand{take_name()});
    if (take("KILL_CLIENT")) return parse_kill_client();
    if (take("RELOAD")) return ConsoleCommand(ReloadCommand{});
    if (take("SHUTDOWN")) return parse_shutdown();
    return parse_ignored();
  }

  std::optional<std::string> take_name() {
    if (token_.kind != Kind::word && token_.kind != Kind::quoted_name && token_.kind != Kind::number) {
      return std::nullopt;
    }
    std::string name = std::move(token_.text);
    advance();
    return name;
  }

  core::Result<ConsoleCommand> parse_show() {
    for (std::size_t i = 0; i < kTopicNames.size(); ++i) {
      if (take(kTopicNames[i])) return ConsoleCommand(ShowCommand{static_cast<Topic>(i)});
    }
    if (take("TRANSACTION")) {
      if (!take("ISOLATION") || !take("LEVEL")) return invalid_command();
      return ConsoleCommand(ShowSettingCommand{"transaction_isolation", "read committed"});
    }
    if (take("TIME")) {
      if (!take("ZONE")) return invalid_command();
      return ConsoleCommand(ShowSettingCommand{"timezone", "GMT"});
    }
    const std::string name = lower(take_name().value_or(""));
    const auto setting = std::ranges::find(kSettings, name, &FixedSetting::name);
    if (setting == kSettings.end()) return invalid_command();
    return ConsoleCommand(ShowSettingCommand{setting->name, setting->value});
  }

  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
  }

  core::Result<ConsoleCommand> parse_select() {
    using Select = SelectCommand::Kind;
    if (token_.kind == Kind::number || token_.kind == Kind::string) {
      const bool integer = token_.kind == Kind::number;
      const bool digits = std::ranges::all_of(token_.text, [](char c) { return c >= '0' && c <= '9'; });
      if (integer && (!digits || token_.text.size() > 9)) return invalid_command();
      SelectCommand select{integer ? Select::integer : Select::text, std::move(token_.text)};
      advance();
      return ConsoleCommand(std::move(select));
    }
    std::string name = lower(take_name().value_or(""));
    if (name.starts_with("pg_catalog.")) name.erase(0, 11);
    const bool called = take_symbol('(');
    if (called && !take_symbol(')')) return invalid_command();
    if (name == "version" && called) return ConsoleCommand(SelectCommand{Select::version, {}});
    if (name == "current_database" && called) return ConsoleCommand(SelectCommand{Select::database, {}});
    if (name == "current_schema") return ConsoleCommand(SelectCommand{Select::schema, {}});
    if (name == "current_user" || name == "user") return ConsoleCommand(SelectCommand{Select::current_user, {}});
    if (name == "session_user") return ConsoleCommand(SelectCommand{Select::session_user, {}});
    if (name == "pg_backend_pid" && called) return ConsoleCommand(SelectCommand{Select::process_id, {}});
    // Drivers clean up behind themselves with it.
    if (name == "pg_advisory_unlock_all" && called) return ConsoleCommand(SelectCommand{Select::unlock, {}});
    return invalid_command();
  }

  core::Result<ConsoleCommand> parse_kill_client() {
    const std::string text = take_name().value_or("");
    std::string_view digits = text;
    int base = 10;
    if (digits.starts_with("0x")) {
      digits.remove_prefix(2);
      base = 16;
    }
    KillClientCommand kill;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), kill.id, base);
    if (error != std::errc{} || end != digits.data() + digits.size()) return invalid_client();
    return ConsoleCommand(kill);
  }

  core::Result<ConsoleCommand> parse_shutdown() {
    if (take("WAIT_FOR_SERVERS")) return ConsoleCommand(ShutdownCommand{ShutdownMode::wait_for_servers});
    if (take("WAIT_FOR_CLIENTS")) return ConsoleCommand(ShutdownCommand{ShutdownMode::wait_for_clients});
    return ConsoleCommand(ShutdownCommand{ShutdownMode::immediate});
  }

  // What drivers say of themselves, of transactions, and to clean up. Nothing of the rest is looked at.
  core::Result<ConsoleCommand> parse_ignored() {
    using Effect = IgnoredCommand::Effect;
    struct Word {
      std::string_view word;
      std::string_view tag;
      Effect effect = Effect::none;
      bool notice = false;
    };
    static constexpr std::array kWords{
        Word{"SET", "SET", Effect::none, true},
        Word{"RESET", "RESET"},
        Word{"DISCARD", "DISCARD"},
        Word{"DEALLOCATE", "DEALLOCATE"},
        Word{"CLOSE", "CLOSE CURSOR"},
        Word{"UNLISTEN", "UNLISTEN"},
        Word{"BEGIN", "BEGIN", Effect::begins},
        Word{"START", "START TRANSACTION", Effect::begins},
        Word{"COMMIT", "COMMIT", Effect::ends},
        Word{"END", "COMMIT", Effect::ends},
        Word{"ROLLBACK", "ROLLBACK", Effect::ends},
        Word{"ABORT", "ROLLBACK", Effect::ends},
    };
    for (const Word& word : kWords) {
      if (!take(word.word)) continue;
      while (!ends_command(token_)) {
        if (token_.kind == Kind::invalid) return invalid_command();
        advance();
      }
      return ConsoleCommand(IgnoredCommand{std::string(word.tag), word.effect, word.notice});
    }
    return invalid_command();
  }

  ConsoleLexer lexer_;
  ConsoleToken token_;
};

std::string with_name(std::string_view command, const std::optional<std::string>& database) {
  std::string text(command);
  if (database) text += " " + *database;
  return text;
}

struct AuditedForm {
  std::string operator()(const ShowCommand& command) const { return "SHOW " + std::string(name_of(command.topic)); }
  std::string operator()(const ShowSettingCommand& command) const { return "SHOW " + std::string(command.name); }
  std::string operator()(const SelectCommand& /*command*/) const { return "SELECT"; }
  std::string operator()(const IgnoredCommand& command) const { return command.tag; }
  std::string operator()(const PauseCommand& command) const { return with_name("PAUSE", command.database); }
  std::string operator()(const ResumeCommand& command) const { return with_name("RESUME", command.database); }
  std::string operator()(const ReconnectCommand& command) const { return with_name("RECONNECT", command.database); }
  std::string operator()(const KillCommand& command) const { return with_name("KILL", command.database); }
  std::string operator()(const KillClientCommand& command) const { return "KILL_CLIENT " + std::to_string(command.id); }
  std::string operator()(const ReloadCommand& /*command*/) const { return "RELOAD"; }
  std::string operator()(const ShutdownCommand& command) const {
    switch (command.mode) {
      case ShutdownMode::immediate: return "SHUTDOWN";
      case ShutdownMode::wait_for_servers: return "SHUTDOWN WAIT_FOR_SERVERS";
      case ShutdownMode::wait_for_clients: return "SHUTDOWN WAIT_FOR_CLIENTS";
    }
    return "SHUTDOWN";
  }
};

}  // namespace

std::string_view name_of(Topic topic) {
  return kTopicNames[static_cast<std::size_t>(topic)];
}

core::Result<std::vector<ConsoleCommand>> parse_console_commands(std::string_view text) {
  return Parser(text).parse();
}

std::string audited_form(const ConsoleCommand& command) {
  return std::visit(AuditedForm{}, command);
}

}  // namespace sqlproxy::admin
