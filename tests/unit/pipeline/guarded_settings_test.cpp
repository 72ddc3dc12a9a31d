#include "pipeline/guarded_settings.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using Kind = SettingChange::Kind;

SettingChange set(std::string name, std::string value, Kind kind = Kind::set) {
  SettingChange change;
  change.kind = kind;
  change.name = std::move(name);
  change.values = std::vector{std::move(value)};
  return change;
}

TEST(GuardedSettings, ValuesDecide) {
  EXPECT_TRUE(is_guarded(set("standard_conforming_strings", "off")));
  EXPECT_FALSE(is_guarded(set("standard_conforming_strings", "ON")));
  // PostgreSQL takes "of" for off and "tru" for true: what is not surely on is guarded.
  EXPECT_TRUE(is_guarded(set("standard_conforming_strings", "of")));
  EXPECT_TRUE(is_guarded(set("backslash_quote", "on")));
  EXPECT_FALSE(is_guarded(set("backslash_quote", "safe_encoding")));
  EXPECT_TRUE(is_guarded(set("role", "postgres")));
  EXPECT_FALSE(is_guarded(set("role", "none")));
  EXPECT_TRUE(is_guarded(set("role", "NONE")));  // SET ROLE "NONE" is a role of that name
  EXPECT_TRUE(is_guarded(set("session_authorization", "postgres")));
  EXPECT_TRUE(is_guarded(set("session_replication_role", "replica")));
  EXPECT_FALSE(is_guarded(set("session_replication_role", "origin")));
  EXPECT_FALSE(is_guarded(set("search_path", "hr")));
  EXPECT_FALSE(is_guarded(set("statement_timeout", "0")));
}

TEST(GuardedSettings, WhatIsNotConstantIsGuarded) {
  SettingChange change = set("client_encoding", "UTF8", Kind::set_local);
  EXPECT_FALSE(is_guarded(change));
  change.values.reset();
  EXPECT_TRUE(is_guarded(change));
  change.name = "work_mem";
  EXPECT_FALSE(is_guarded(change));
  change.name.clear();
  change.name_known = false;
  EXPECT_TRUE(is_guarded(change));
}

TEST(GuardedSettings, ReturnsAreNotGuarded) {
  EXPECT_FALSE(is_guarded(SettingChange{.kind = Kind::reset, .name = "role", .values = {}}));
  EXPECT_FALSE(is_guarded(SettingChange{.kind = Kind::reset, .name = "session_authorization", .values = {}}));
  EXPECT_FALSE(is_guarded(SettingChange{.kind = Kind::reset_all, .name = {}, .values = {}}));
}

TEST(GuardedSettings, EncodingsInEverySpelling) {
  for (const char* safe : {"UTF8", "utf-8", "Unicode", "LATIN1", "iso-8859-1", "WIN1252", "windows-1252", "EUC_JP",
                           "SQL_ASCII", "KOI8", "mule_internal"}) {
    EXPECT_TRUE(is_ascii_safe_encoding(safe)) << safe;
  }
  for (const char* unsafe : {"SJIS", "s-j-i-s", "Shift_JIS", "mskanji", "WIN932", "Windows932", "SHIFT_JIS_2004",
                             "BIG5", "WIN950", "GBK", "WIN936", "UHC", "win949", "GB18030", "JOHAB", "", "no_such"}) {
    EXPECT_FALSE(is_ascii_safe_encoding(unsafe)) << unsafe;
    EXPECT_TRUE(is_guarded(set("client_encoding", unsafe))) << unsafe;
  }
}

TEST(GuardedSettings, AtStartUp) {
  const Subject subject{"ann", {}, ""};
  const auto none = PolicySet::compile({}, {});
  EXPECT_TRUE(check_startup_setting("client_encoding", "UTF8", subject, "app", *none));
  EXPECT_TRUE(check_startup_setting("search_path", "hr", subject, "app", *none));
  const core::Status refused = check_startup_setting("Role", "postgres", subject, "app", *none);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().sqlstate.text(), "42501");
  EXPECT_EQ(refused.error().message, "permission denied to set parameter \"role\"");

  PolicyRule session = testing::rule("session", PolicyAction::allow, StatementType::session);
  EXPECT_FALSE(check_startup_setting("role", "postgres", subject, "app", *PolicySet::compile({session}, {})));
  session.names_session = true;
  EXPECT_TRUE(check_startup_setting("role", "postgres", subject, "app", *PolicySet::compile({session}, {})));
  session.database = "other";
  EXPECT_FALSE(check_startup_setting("role", "postgres", subject, "app", *PolicySet::compile({session}, {})));
  // default = "allow" does not open what is guarded; observe mode lets it pass.
  EXPECT_FALSE(check_startup_setting("role", "postgres", subject, "app",
                                     *PolicySet::compile({}, {.default_action = PolicyAction::allow})));
  EXPECT_TRUE(check_startup_setting("role", "postgres", subject, "app",
                                    *PolicySet::compile({}, {.mode = PolicyMode::observe})));
}

}  // namespace
}  // namespace sqlproxy::pipeline
