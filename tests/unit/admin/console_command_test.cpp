#include "admin/console_command.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sqlproxy::admin {
namespace {

// The audited forms of a text's commands, or "error SQLSTATE".
std::string forms(std::string_view text) {
  const auto commands = parse_console_commands(text);
  if (!commands) return "error " + std::string(commands.error().sqlstate.text());
  std::string all;
  for (const ConsoleCommand& command : *commands) all += (all.empty() ? "" : "; ") + audited_form(command);
  return all;
}

TEST(ConsoleCommand, WordsHaveNoCase) {
  EXPECT_EQ(forms("SHOW POOLS"), "SHOW POOLS");
  EXPECT_EQ(forms("show pools;"), "SHOW POOLS");
  EXPECT_EQ(forms("  Show\tStats_Totals ;  "), "SHOW STATS_TOTALS");
}

TEST(ConsoleCommand, EveryTopicIsItsOwn) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Topic::version); ++i) {
    const std::string text = "SHOW " + std::string(name_of(static_cast<Topic>(i)));
    const auto commands = parse_console_commands(text);
    ASSERT_TRUE(commands) << text;
    EXPECT_EQ(std::get<ShowCommand>(commands->front()).topic, static_cast<Topic>(i));
  }
}

TEST(ConsoleCommand, NamesOfDatabasesAreTakenAsWritten) {
  EXPECT_EQ(forms("PAUSE"), "PAUSE");
  EXPECT_EQ(forms("pause App-1.test"), "PAUSE App-1.test");
  EXPECT_EQ(forms("RESUME \"my \"\"own\"\" db\""), "RESUME my \"own\" db");
  EXPECT_EQ(forms("RECONNECT app"), "RECONNECT app");
  EXPECT_EQ(forms("KILL app"), "KILL app");
  EXPECT_EQ(forms("KILL"), "KILL");
}

TEST(ConsoleCommand, ClientsByNumberOrPointer) {
  EXPECT_EQ(forms("KILL_CLIENT 42"), "KILL_CLIENT 42");
  EXPECT_EQ(forms("KILL_CLIENT 0x2a"), "KILL_CLIENT 42");
  for (const char* text : {"KILL_CLIENT", "KILL_CLIENT x", "KILL_CLIENT 1x", "KILL_CLIENT 99999999999999999999"}) {
    EXPECT_EQ(forms(text), "error 22023") << text;
  }
}

TEST(ConsoleCommand, Shutdown) {
  EXPECT_EQ(forms("SHUTDOWN"), "SHUTDOWN");
  EXPECT_EQ(forms("shutdown wait_for_clients"), "SHUTDOWN WAIT_FOR_CLIENTS");
  EXPECT_EQ(forms("SHUTDOWN WAIT_FOR_SERVERS"), "SHUTDOWN WAIT_FOR_SERVERS");
  EXPECT_EQ(forms("SHUTDOWN NOW"), "error 42601");
}

TEST(ConsoleCommand, WhatDriversSayIsAccepted) {
  EXPECT_EQ(forms("SET client_encoding TO 'UTF8'"), "SET");
  EXPECT_EQ(forms("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"), "SET");
  EXPECT_EQ(forms("SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;"),
            "SELECT; CLOSE CURSOR; UNLISTEN; RESET");
  EXPECT_EQ(forms("BEGIN; SHOW POOLS; COMMIT"), "BEGIN; SHOW POOLS; COMMIT");
  EXPECT_EQ(forms("SELECT version()"), "SELECT");
  EXPECT_EQ(forms("select pg_catalog.version()"), "SELECT");
  EXPECT_EQ(forms("SELECT 1"), "SELECT");
  EXPECT_EQ(forms("SHOW TRANSACTION ISOLATION LEVEL"), "SHOW transaction_isolation");
  EXPECT_EQ(forms("show server_version"), "SHOW server_version");
}

TEST(ConsoleCommand, CommentsAndEmptyTexts) {
  EXPECT_EQ(forms(""), "");
  EXPECT_EQ(forms(" ;; -- ping"), "");
  EXPECT_EQ(forms("/* a */ SHOW /* b */ VERSION -- c\n;"), "SHOW VERSION");
  EXPECT_EQ(forms("SHOW VERSION--c"), "SHOW VERSION");
  EXPECT_EQ(forms("/* no end"), "error 42601");
}

TEST(ConsoleCommand, WhatIsNoCommandIsAnErrorThatDoesNotQuoteIt) {
  for (const char* text :
       {"SHOW", "SHOW SECRETS", "SELECT * FROM t", "SELECT pg_sleep(1)", "PAUSE a b", "DROP TABLE t", "'x'", "\"no end",
        "SET x = 'no end", "SELECT 1 + 1", "SHOW POOLS POOLS", "SELECT 99999999999"}) {
    const auto commands = parse_console_commands(text);
    ASSERT_FALSE(commands) << text;
    EXPECT_EQ(commands.error().sqlstate, core::sqlstate::kSyntaxError) << text;
    EXPECT_EQ(commands.error().message, "invalid command, use SHOW HELP;") << text;
  }
}

TEST(ConsoleCommand, TheAuditedFormHoldsNoValues) {
  EXPECT_EQ(forms("SET password = 'hunter2'"), "SET");
  EXPECT_EQ(forms("SELECT 'hunter2'"), "SELECT");
}

}  // namespace
}  // namespace sqlproxy::admin
