#include "app/command_line.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <sstream>

#include "app/exit_code.hpp"
#include "app/program_version.hpp"

namespace sqlproxy::app {

namespace {

constexpr const char* kExitCodes = "Exit codes: 0 ok, 1 a fault in the input, 2 usage, 3 a runtime failure.\n";

// The program's commands and what CLI11 fills in for them. CLI11 keeps pointers to the members.
class Parser {
 public:
  Parser() : app_("A PostgreSQL proxy that judges and audits every statement", "sql-proxy") {
    app_.set_version_flag("-V,--version", "sql-proxy " + std::string(program_version()));
    app_.require_subcommand(1);
    app_.footer(kExitCodes);
    add_serve();
    add_check();
    add_explain();
    password_ =
        app_.add_subcommand("password", "Make a SCRAM-SHA-256 verifier of a password, asked for or read from stdin");
    version_ = app_.add_subcommand("version", "Print the versions of the program and of its libraries");
    add_audit();
  }

  Command parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      std::ostringstream output;
      std::ostringstream complaint;
      const int code = app_.exit(error, output, complaint);
      return EndNow{code == 0 ? kExitOk : kExitUsage, output.str(), complaint.str()};
    }
    if (serve_->parsed()) return serve_command_;
    if (check_->parsed()) return check_command_;
    if (explain_->parsed()) return explain_command_;
    if (password_->parsed()) return PasswordCommand{};
    if (version_->parsed()) return VersionCommand{};
    return AuditVerifyCommand{{files_.begin(), files_.end()}};
  }

 private:
  void add_serve() {
    static const std::map<std::string, core::LogFormat> kFormats{{"text", core::LogFormat::text},
                                                                 {"json", core::LogFormat::json}};
    static const std::map<std::string, core::LogLevel> kLevels{{"debug", core::LogLevel::debug},
                                                               {"info", core::LogLevel::info},
                                                               {"warning", core::LogLevel::warning},
                                                               {"error", core::LogLevel::error}};
    serve_ = app_.add_subcommand("serve", "Run the proxy in the foreground; SIGHUP reloads, SIGTERM drains");
    add_config_option(*serve_, serve_command_.config_path);
    serve_
        ->add_option_function<std::string>(
            "--log-format", [this](const std::string& word) { serve_command_.options.log_format = kFormats.at(word); },
            "Of the log on stderr: text (default) or json")
        ->check(CLI::IsMember(kFormats));
    serve_
        ->add_option_function<std::string>(
            "--log-level", [this](const std::string& word) { serve_command_.options.log_level = kLevels.at(word); },
            "debug, info (default), warning or error")
        ->check(CLI::IsMember(kLevels));
  }

  void add_check() {
    check_ = app_.add_subcommand("check", "Check a configuration and list every fault as FILE:LINE:COL: message");
    add_config_option(*check_, check_command_.config_path);
    check_->add_flag("--live", check_command_.live, "Look the names of the rules up in the databases as well");
  }

  void add_explain() {
    ExplainOptions& options = explain_command_.options;
    explain_ = app_.add_subcommand("explain", "Say what the policy makes of a text, and why; nothing is executed");
    add_config_option(*explain_, options.config_path);
    explain_->add_option("--user", options.user, "Who would send it")->required();
    explain_->add_option("--database", options.database, "The database, as clients call it")->required();
    explain_->add_flag("--live", options.live, "Resolve names against the real database");
    explain_->add_flag("--json", options.json, "Print JSON");
    explain_->add_option("SQL", options.sql, "One or more statements")->required();
  }

  void add_audit() {
    CLI::App* const audit = app_.add_subcommand("audit", "Work with audit files");
    audit->require_subcommand(1);
    CLI::App* const verify = audit->add_subcommand("verify", "Check the hash chain and the sequence of audit files");
    verify->add_option("FILE", files_, "The files of one node, rotated ones too, in any order")->required();
  }

  static void add_config_option(CLI::App& command, std::string& path) {
    command.add_option("-c,--config", path, "The configuration file")->required()->type_name("FILE");
  }

  CLI::App app_;
  CLI::App* serve_ = nullptr;
  CLI::App* check_ = nullptr;
  CLI::App* explain_ = nullptr;
  CLI::App* password_ = nullptr;
  CLI::App* version_ = nullptr;
  ServeCommand serve_command_;
  CheckCommand check_command_;
  ExplainCommand explain_command_;
  std::vector<std::string> files_;
};

}  // namespace

Command parse_command_line(int argc, const char* const* argv) {
  return Parser().parse(argc, argv);
}

}  // namespace sqlproxy::app
