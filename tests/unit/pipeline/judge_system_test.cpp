// What the system's own relations, settings and functions tell, and to whom: texts through analysis and judgement.
#include "pipeline/analyzer.hpp"
#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::JudgeTest;
using testing::on_function;
using testing::on_table;
using testing::rule;
using enum StatementType;

constexpr auto kBlock = PolicyAction::block;
constexpr auto kAllow = PolicyAction::allow;

class JudgeSystemTest : public JudgeTest {
 protected:
  JudgeSystemTest() {
    for (const char* name : {"pg_proc", "pg_subscription", "pg_db_role_setting", "pg_user_mappings"}) {
      catalog.relation("pg_catalog." + std::string(name));
    }
    for (const char* name : {"pg_get_functiondef", "lo_creat", "lo_import", "setval", "pg_export_snapshot"}) {
      catalog.builtin(name);
    }
  }

  [[nodiscard]] bool runs(std::string_view sql) {
    const Analysis analysis = analyze(sql);
    EXPECT_FALSE(analysis.error) << sql;
    return std::ranges::all_of(analysis.statements, [this](const Statement& each) { return allowed(each); });
  }
};

TEST_F(JudgeSystemTest, HarmlessColumnsOfSensitiveRelationsAreOpen) {
  EXPECT_TRUE(runs("SELECT name FROM pg_settings"));
  EXPECT_FALSE(runs("SELECT setting FROM pg_settings"));
  EXPECT_TRUE(runs("SELECT subname FROM pg_subscription"));
  EXPECT_FALSE(runs("SELECT subconninfo FROM pg_subscription"));
  EXPECT_FALSE(runs("SELECT rolname FROM pg_authid"));
  rules = {on_table(rule("no", kBlock), "pg_catalog", "pg_settings")};
  EXPECT_FALSE(runs("SELECT name FROM pg_settings"));
  rules.clear();
  options.catalogs = CatalogAccess::none;
  EXPECT_FALSE(runs("SELECT name FROM pg_settings"));
}

TEST_F(JudgeSystemTest, HarmlessColumnsOfUnknownReleasesAreNot) {
  catalog.rows().server_version = 180000;
  EXPECT_TRUE(runs("SELECT name FROM pg_settings"));
  catalog.rows().server_version = 190000;
  EXPECT_FALSE(runs("SELECT name FROM pg_settings"));
}

TEST_F(JudgeSystemTest, ANameAloneDoesNotMakeARelationHarmless) {
  catalog.relation("hr.pg_settings");
  EXPECT_FALSE(runs("SELECT name FROM hr.pg_settings"));
  scope.search_path = {"hr", "pg_catalog"};
  EXPECT_FALSE(runs("SELECT name FROM pg_settings"));
}

TEST_F(JudgeSystemTest, FunctionsSourcesAreOpenByDefaultAllow) {
  for (const char* sql :
       {"SELECT prosrc FROM pg_proc", "SELECT pg_get_functiondef(1)", "SELECT setconfig FROM pg_db_role_setting"}) {
    options = {};
    EXPECT_FALSE(runs(sql)) << sql;
    rules = {rule("all", kAllow, statement_types_named("ALL")), on_function("any", "*", "*")};
    EXPECT_FALSE(runs(sql)) << sql;
    rules = {on_table(rule("catalog"), "pg_catalog"), on_function("source", "pg_catalog", "pg_get_functiondef")};
    EXPECT_TRUE(runs(sql)) << sql;
    rules.clear();
    options.catalogs = CatalogAccess::all;
    EXPECT_TRUE(runs(sql)) << sql;
    options = {};
    options.default_action = kAllow;
    EXPECT_TRUE(runs(sql)) << sql;
    options.catalogs = CatalogAccess::none;
    EXPECT_FALSE(runs(sql)) << sql;
  }
}

TEST_F(JudgeSystemTest, DefaultAllowOpensNoSecrets) {
  options.default_action = kAllow;
  for (const char* sql : {"SELECT * FROM pg_authid", "SELECT setting FROM pg_settings", "TABLE pg_subscription",
                          "SELECT umoptions FROM pg_user_mappings", "SELECT * FROM pg_stat_activity",
                          "SELECT pg_read_file('x')", "SELECT lo_import('x')", "SHOW primary_conninfo", "SHOW ALL",
                          "SELECT current_setting('primary_conninfo')", "SELECT current_setting($1)"}) {
    EXPECT_FALSE(runs(sql)) << sql;
  }
}

TEST_F(JudgeSystemTest, DefaultAllowIsEnoughToWrite) {
  for (const char* sql :
       {"SELECT nextval('s')", "SELECT setval('s')", "SELECT lo_creat(-1)", "SELECT pg_export_snapshot(1)"}) {
    options.default_action = kBlock;
    EXPECT_FALSE(runs(sql)) << sql;
    options.default_action = kAllow;
    EXPECT_TRUE(runs(sql)) << sql;
    rules = {on_function("no", "pg_catalog", "*", kBlock)};
    EXPECT_FALSE(runs(sql)) << sql;
    rules.clear();
  }
}

TEST_F(JudgeSystemTest, ShowIsJudgedByWhatItShows) {
  EXPECT_TRUE(runs("SHOW search_path"));
  EXPECT_TRUE(runs("SHOW \"Server_Version\""));
  EXPECT_TRUE(runs("SHOW TRANSACTION ISOLATION LEVEL"));
  for (const char* sql : {"SHOW primary_conninfo", "SHOW Primary_ConnInfo", "SHOW data_directory"}) {
    EXPECT_FALSE(runs(sql)) << sql;
    rules = {on_function("any", "*", "*")};
    EXPECT_FALSE(runs(sql)) << sql;
    rules = {on_function("values", "pg_catalog", "current_setting")};
    EXPECT_TRUE(runs(sql)) << sql;
    rules.clear();
  }
  EXPECT_FALSE(runs("SHOW ALL"));
  rules = {on_function("values", "pg_catalog", "pg_show_all_settings")};
  EXPECT_TRUE(runs("SHOW ALL"));
  rules = {rule("no", kBlock, session)};
  EXPECT_FALSE(runs("SHOW search_path"));
}

TEST_F(JudgeSystemTest, TheSettingsViewIsJudgedByTheNamesThatItIsAskedFor) {
  EXPECT_TRUE(runs("SELECT setting FROM pg_settings WHERE name = 'max_index_keys'"));
  EXPECT_TRUE(runs("SELECT * FROM pg_settings WHERE name = 'work_mem'"));
  EXPECT_FALSE(runs("SELECT setting FROM pg_settings WHERE name = 'primary_conninfo'"));
  EXPECT_FALSE(runs("SELECT name FROM pg_settings WHERE name IN ('work_mem', 'primary_conninfo')"));
  rules = {on_table(rule("no", kBlock), "pg_catalog", "pg_settings")};
  EXPECT_FALSE(runs("SELECT setting FROM pg_settings WHERE name = 'work_mem'"));
}

TEST_F(JudgeSystemTest, ShowNeedsNoCatalog) {
  policies = PolicySet::compile(rules, options);
  const auto decision = [this](std::string_view sql) {
    return judge(analyze(sql).statements.front(), subject, scope, nullptr, *policies).decision;
  };
  EXPECT_EQ(decision("SHOW search_path"), Decision::allow);
  EXPECT_EQ(decision("SHOW primary_conninfo"), Decision::deny);
  EXPECT_EQ(decision("LOCK TABLE public.orders IN ACCESS SHARE MODE"), Decision::deny);
}

TEST_F(JudgeSystemTest, ShowIsDeniedInPostgresWords) {
  const Verdict verdict = judged(analyze("SHOW primary_conninfo").statements.front());
  EXPECT_EQ(verdict.error->message, "permission denied to examine \"primary_conninfo\"");
  EXPECT_EQ(verdict.error->detail, "No policy rule allows EXECUTE on pg_catalog.current_setting.");
}

TEST_F(JudgeSystemTest, SettingsThroughTheSettingsView) {
  EXPECT_TRUE(runs("SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'work_mem'"));
  EXPECT_FALSE(runs("SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'role'"));
  EXPECT_FALSE(runs("SELECT set_config(name, 'x', false) FROM pg_settings WHERE name <> 'work_mem'"));
  // Not the server's view: its `name` may compare as it likes, and be any name.
  const std::string_view unqualified = "SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'work_mem'";
  scope.temporary_relations = {"pg_settings"};
  scope.standing = {{{"", "pg_temp", "pg_settings"}, {}}};
  EXPECT_FALSE(runs(unqualified));
  EXPECT_TRUE(runs("SELECT set_config(name, 'x', false) FROM pg_catalog.pg_settings WHERE name = 'work_mem'"));
  scope.temporary_relations.clear();
  scope.unknown_temporary_objects = true;
  EXPECT_FALSE(runs(unqualified));
  rules = {rule("all", kAllow, statement_types_named("ALL") | session)};
  rules.front().names_session = true;
  EXPECT_FALSE(runs(unqualified));
}

TEST_F(JudgeSystemTest, CursorsChangeNoSettings) {
  EXPECT_TRUE(runs("SELECT set_config('search_path', 'hr', false)"));
  EXPECT_FALSE(runs("DECLARE c CURSOR FOR SELECT set_config('search_path', 'hr', false)"));
  EXPECT_FALSE(runs("DECLARE c CURSOR WITH HOLD FOR SELECT set_config('search_path', 'hr', false)"));
  EXPECT_TRUE(runs("DECLARE c CURSOR FOR SELECT lower('x')"));
}

TEST_F(JudgeSystemTest, AccessShareLocksNeedSelectOrLock) {
  constexpr std::string_view kLock = "LOCK TABLE orders IN ACCESS SHARE MODE";
  EXPECT_FALSE(runs(kLock));
  for (const StatementType type : {select, lock}) {
    rules = {on_table(rule("one", kAllow, type), "public", "orders")};
    EXPECT_TRUE(runs(kLock)) << to_string(type);
    EXPECT_FALSE(runs("LOCK TABLE orders, hr.salaries IN ACCESS SHARE MODE"));
  }
  rules = {on_table(rule("reads", kAllow, select), "public", "orders")};
  EXPECT_FALSE(runs("LOCK TABLE orders IN ROW SHARE MODE"));
  EXPECT_FALSE(runs("LOCK TABLE orders"));
}

}  // namespace
}  // namespace sqlproxy::pipeline
