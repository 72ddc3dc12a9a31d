#include "app/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/exit_code.hpp"

namespace sqlproxy::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Command parse(std::vector<const char*> words) {
  words.insert(words.begin(), "sql-proxy");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(CommandLine, ServeTakesItsOptions) {
  const Command defaults = parse({"serve", "-c", "a.toml"});
  const auto* const plain = std::get_if<ServeCommand>(&defaults);
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->config_path, "a.toml");
  EXPECT_EQ(plain->options.log_format, core::LogFormat::text);
  EXPECT_EQ(plain->options.log_level, core::LogLevel::info);

  const Command full = parse({"serve", "--config", "b.toml", "--log-format", "json", "--log-level=error"});
  const auto* const chosen = std::get_if<ServeCommand>(&full);
  ASSERT_NE(chosen, nullptr);
  EXPECT_EQ(chosen->config_path, "b.toml");
  EXPECT_EQ(chosen->options.log_format, core::LogFormat::json);
  EXPECT_EQ(chosen->options.log_level, core::LogLevel::error);
}

TEST(CommandLine, TheOtherCommands) {
  EXPECT_EQ(std::get<CheckCommand>(parse({"check", "-c", "a.toml"})).config_path, "a.toml");
  EXPECT_FALSE(std::get<CheckCommand>(parse({"check", "-c", "a.toml"})).live);
  EXPECT_TRUE(std::get<CheckCommand>(parse({"check", "-c", "a.toml", "--live"})).live);
  EXPECT_TRUE(std::holds_alternative<PasswordCommand>(parse({"password"})));
  EXPECT_TRUE(std::holds_alternative<VersionCommand>(parse({"version"})));
  EXPECT_THAT(std::get<AuditVerifyCommand>(parse({"audit", "verify", "a.jsonl", "b.jsonl.zst"})).files,
              ElementsAre("a.jsonl", "b.jsonl.zst"));
}

TEST(CommandLine, Explain) {
  const Command plain = parse({"explain", "-c", "a.toml", "--user", "ann", "--database", "shop", "SELECT 1"});
  const auto* const offline = std::get_if<ExplainCommand>(&plain);
  ASSERT_NE(offline, nullptr);
  EXPECT_EQ(offline->options.config_path, "a.toml");
  EXPECT_EQ(offline->options.user, "ann");
  EXPECT_EQ(offline->options.database, "shop");
  EXPECT_EQ(offline->options.sql, "SELECT 1");
  EXPECT_FALSE(offline->options.live || offline->options.json);
  const Command full =
      parse({"explain", "--live", "--json", "-c", "a.toml", "--user=ann", "--database=shop", "--", "-- comment"});
  const auto* const live = std::get_if<ExplainCommand>(&full);
  ASSERT_NE(live, nullptr);
  EXPECT_TRUE(live->options.live && live->options.json);
  EXPECT_EQ(live->options.sql, "-- comment");
  for (const auto& lacking :
       std::vector<std::vector<const char*>>{{"explain", "-c", "a.toml", "--user", "ann", "SELECT 1"},
                                             {"explain", "-c", "a.toml", "--database", "shop", "SELECT 1"},
                                             {"explain", "--user", "ann", "--database", "shop", "SELECT 1"},
                                             {"explain", "-c", "a.toml", "--user", "ann", "--database", "shop"}}) {
    const Command command = parse(lacking);
    const auto* const end = std::get_if<EndNow>(&command);
    ASSERT_NE(end, nullptr);
    EXPECT_EQ(end->exit_code, kExitUsage);
  }
}

TEST(CommandLine, HelpOfEveryCommandIsNoFailure) {
  const std::vector<std::vector<const char*>> commands{{},           {"serve"},   {"check"}, {"explain"},
                                                       {"password"}, {"version"}, {"audit"}, {"audit", "verify"}};
  for (std::vector<const char*> words : commands) {
    words.push_back("--help");
    const Command command = parse(words);
    const auto* const end = std::get_if<EndNow>(&command);
    ASSERT_NE(end, nullptr);
    EXPECT_EQ(end->exit_code, kExitOk);
    EXPECT_THAT(end->output, HasSubstr("Usage: sql-proxy"));
    EXPECT_THAT(end->output, HasSubstr("Exit codes:"));
    EXPECT_THAT(end->complaint, IsEmpty());
  }
}

TEST(CommandLine, UsageErrorsEndWithTwo) {
  const std::vector<std::vector<const char*>> wrong{
      {},
      {"bogus"},
      {"serve"},
      {"check"},
      {"check", "-c"},
      {"check", "a.toml"},
      {"check", "-c", "a.toml", "--bogus"},
      {"serve", "-c", "a.toml", "--log-format", "xml"},
      {"serve", "-c", "a.toml", "--log-level", "trace"},
      {"password", "secret"},
      {"audit"},
      {"audit", "verify"},
  };
  for (const auto& words : wrong) {
    const Command command = parse(words);
    const auto* const end = std::get_if<EndNow>(&command);
    ASSERT_NE(end, nullptr) << ::testing::PrintToString(words);
    EXPECT_EQ(end->exit_code, kExitUsage) << ::testing::PrintToString(words);
    EXPECT_THAT(end->output, IsEmpty());
    EXPECT_THAT(end->complaint, HasSubstr("--help"));
  }
}

TEST(CommandLine, VersionFlag) {
  EXPECT_THAT(std::get<EndNow>(parse({"--version"})).output, HasSubstr("sql-proxy "));
}

}  // namespace
}  // namespace sqlproxy::app
