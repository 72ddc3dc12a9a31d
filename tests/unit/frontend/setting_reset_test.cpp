#include "frontend/setting_reset.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pipeline/text_analyzer.hpp"

namespace sqlproxy::frontend {
namespace {

// What is left of some settings when `sql` is all that a client says.
std::string left_by(std::string_view sql) {
  pipeline::TextAnalyzer analyzer({}, {});
  backend::Settings wanted{
      {"DateStyle", "German"}, {"work_mem", "8192"}, {"session_authorization", "a"}, {"role", "b"}};
  const std::size_t before = wanted.size();
  const bool taken = give_up_settings(*analyzer.analyze(sql, pipeline::TextEncoding::utf8).analysis, wanted);
  EXPECT_EQ(taken, wanted.size() != before);
  std::string names;
  for (const backend::Setting& setting : wanted) (names += names.empty() ? "" : " ") += setting.name;
  return names;
}

constexpr const char* kAll = "DateStyle work_mem session_authorization role";

TEST(SettingReset, GivesUpWhatTheStatementResets) {
  EXPECT_EQ(left_by("RESET work_mem"), "DateStyle session_authorization role");
  EXPECT_EQ(left_by("SET datestyle TO DEFAULT"), "work_mem session_authorization role");
  EXPECT_EQ(left_by("RESET ROLE"), "DateStyle work_mem session_authorization");
  EXPECT_EQ(left_by("SET ROLE NONE"), "DateStyle work_mem session_authorization");
  EXPECT_EQ(left_by("RESET SESSION AUTHORIZATION"), "DateStyle work_mem");
  EXPECT_EQ(left_by("RESET ALL"), "session_authorization role");
  EXPECT_EQ(left_by("DISCARD ALL"), "");
}

TEST(SettingReset, KeepsWhatAFailureWouldHaveKept) {
  for (const char* sql : {"SET ROLE other", "SET SESSION AUTHORIZATION other", "SET work_mem = '1MB'", "SELECT 1",
                          "SET ROLE \"NONE\"", "SELECT set_config('role', 'none', false)", "DISCARD TEMP", "",
                          "RESET ROLE; SELECT 1", "RESET", "SET LOCAL role TO none"}) {
    EXPECT_EQ(left_by(sql), kAll) << sql;
  }
}

}  // namespace
}  // namespace sqlproxy::frontend
