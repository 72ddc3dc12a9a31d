// Which statements are known to leave the sensitive columns of the system's relations alone.
#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/sensitive_columns.hpp"
#include "tests/unit/pipeline/analysis_text.hpp"

namespace sqlproxy::pipeline {
namespace {

bool spares(std::string_view sql) {
  const Statement statement = test::analyze_one(sql);
  const auto is_sensitive = [](const ObjectRef& object) { return sensitive_columns_of(object.name.name) != nullptr; };
  EXPECT_TRUE(std::ranges::any_of(statement.objects, is_sensitive)) << sql;
  return std::ranges::all_of(statement.objects, [&](const ObjectRef& object) {
    return !is_sensitive(object) || object.spares_sensitive_columns;
  });
}

TEST(AnalyzerColumns, HarmlessOnesAlone) {
  for (const std::string_view sql : {
           "SELECT name FROM pg_settings",
           "SELECT set_config(name, 'x', false) FROM pg_settings WHERE name = 'y'",
           "SELECT pg_settings.name, category FROM pg_catalog.pg_settings ORDER BY name",
           "SELECT pg_catalog.pg_settings.name FROM pg_catalog.pg_settings",
           "SELECT count(*) FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = 'x')",
           "SELECT s.subname, s.tableoid FROM pg_subscription s WHERE s.subenabled",
           "SELECT 1 FROM pg_proc",
           "SELECT p.proname, n.nspname, c.* FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace, c",
           "SELECT routine_name FROM information_schema.routines JOIN x USING (specific_name)",
           // Another query's star.
           "SELECT * FROM (SELECT p.proname FROM pg_proc p) x",
           "SELECT p.proname, (SELECT max(y) FROM (SELECT * FROM t) u) FROM pg_proc p",
           "WITH f AS (SELECT oid FROM pg_proc) SELECT * FROM f",
           "SELECT 1 WHERE EXISTS (SELECT p.oid FROM pg_proc p)",
           "DECLARE c CURSOR FOR SELECT proname FROM pg_proc",
           "INSERT INTO t SELECT proname FROM pg_proc",
           "UPDATE t SET a = p.proname FROM pg_proc p RETURNING a",
       }) {
    EXPECT_TRUE(spares(sql)) << sql;
  }
}

TEST(AnalyzerColumns, WhateverMayReachASensitiveOne) {
  for (const std::string_view sql : {
           "SELECT setting FROM pg_settings",
           "SELECT name FROM pg_settings WHERE setting = 'x'",
           "SELECT name FROM pg_settings ORDER BY setting",
           "SELECT name FROM pg_settings GROUP BY name HAVING max(setting) = 'x'",
           "SELECT s.setting FROM pg_settings s",
           "SELECT pg_catalog.pg_settings.setting FROM pg_catalog.pg_settings",
           "SELECT x FROM pg_settings s JOIN y ON s.setting = y.x",
           "SELECT 1 FROM pg_settings JOIN y USING (setting)",
           "SELECT (SELECT setting) FROM pg_settings",
           "SELECT count(*) FILTER (WHERE setting = 'x') FROM pg_settings",
           "SELECT row_number() OVER (ORDER BY setting) FROM pg_settings",
           "SELECT x FROM pg_settings, LATERAL (SELECT setting AS x) y",
           // All of them.
           "SELECT * FROM pg_settings",
           "TABLE pg_settings",
           "SELECT s.* FROM pg_settings s",
           "SELECT s.* FROM t, pg_settings s",
           "SELECT * FROM t, pg_settings s",
           "SELECT * FROM t LEFT JOIN (a CROSS JOIN pg_settings) ON true",
           "SELECT 1 WHERE (1, 2) IN (SELECT * FROM pg_settings)",
           "SELECT 1 FROM pg_settings s, LATERAL (SELECT s.*) x",
           "SELECT count(s.*) FROM pg_settings s",
           "SELECT ROW(s.*) FROM pg_settings s",
           "SELECT * FROM pg_proc TABLESAMPLE system (1)",
           "UPDATE t SET a = 1 FROM pg_settings RETURNING *",
           "DELETE FROM t USING pg_settings RETURNING *",
           // The row itself.
           "SELECT s FROM pg_settings s",
           "SELECT pg_settings FROM pg_settings",
           "SELECT s::text FROM pg_settings s",
           "SELECT to_jsonb(s) FROM pg_settings s",
           "SELECT s.to_jsonb FROM pg_settings s",
           "SELECT s.row_to_json FROM pg_settings s",
           "SELECT (s).name FROM pg_settings s",
           "SELECT setting(s) FROM pg_settings s",
           "SELECT 1 FROM pg_settings s WHERE s IS NOT NULL",
           "SELECT 1 FROM pg_settings s ORDER BY s",
           "SELECT DISTINCT ON (s) 1 FROM pg_settings s",
           "SELECT p.\"*\" FROM pg_proc p",
           // Other names for its columns.
           "SELECT b FROM pg_settings AS s (a, b)",
           "SELECT j.setting FROM (pg_settings CROSS JOIN t) AS j",
           "SELECT j FROM (pg_settings CROSS JOIN t) AS j",
           "SELECT j.b FROM (pg_settings CROSS JOIN t) AS j (a, b)",
           "SELECT 1 FROM pg_settings NATURAL JOIN t",
           "SELECT 1 FROM pg_settings JOIN t USING (name) AS j",
           // Not by SELECT.
           "COPY pg_settings (name) TO STDOUT",
           "UPDATE pg_settings SET setting = 'x' WHERE name = 'y'",
           "SELECT probin, prosqlbody FROM pg_proc",
           "SELECT routine_definition FROM information_schema.routines",
       }) {
    EXPECT_FALSE(spares(sql)) << sql;
  }
}

TEST(AnalyzerColumns, SettingsByName) {
  struct Row {
    std::string_view sql;
    std::vector<std::string> names;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"SELECT setting FROM pg_settings WHERE name = 'Max_Index_Keys'", {"max_index_keys"}},
           {"SELECT * FROM pg_catalog.pg_settings WHERE name IN ('a', 'b') ORDER BY setting", {"a", "b"}},
           {"SELECT s.setting::int, s FROM pg_settings s WHERE s.name = 'a'", {"a"}},
           {"SELECT max(setting) FROM pg_settings WHERE pg_settings.name = 'a'", {"a"}},
       }) {
    const Statement statement = test::analyze_one(row.sql);
    EXPECT_EQ(statement.show.names, row.names) << row.sql;
    EXPECT_TRUE(statement.objects.front().spares_sensitive_columns) << row.sql;
  }
  for (const std::string_view sql : {
           // Conditions may be tried in any order, and show other rows in errors.
           "SELECT setting FROM pg_settings WHERE name = 'a' AND setting::int > 1",
           "SELECT setting FROM pg_settings WHERE name = 'a' OR name = 'b'",
           "SELECT * FROM (SELECT setting FROM pg_settings WHERE name = 'a') x WHERE setting::int > 1",
           "SELECT setting FROM pg_settings, t WHERE name = 'a'",
           "SELECT setting FROM pg_settings WHERE name = $1",
           "SELECT setting FROM pg_settings WHERE name IN ('a', $1)",
           "SELECT setting FROM pg_settings WHERE name NOT IN ('a')",
           "SELECT setting FROM pg_settings WHERE name <> 'a'",
           "SELECT setting FROM pg_settings WHERE name > 'a'",
           "SELECT setting FROM pg_settings WHERE name LIKE 'a'",
           "SELECT setting FROM pg_settings WHERE name = ANY ('{a,b}')",
           "SELECT setting FROM pg_settings WHERE name = 'a'::citext",
           "SELECT setting FROM pg_settings WHERE t.name = 'a'",
           "SELECT setting FROM pg_settings s (setting, name) WHERE name = 'a'",
           "SELECT setting FROM pg_settings WHERE name OPERATOR(s.=) 'a'",
           "SELECT setting FROM pg_settings WHERE category = 'a'",
           "SELECT (SELECT setting FROM pg_settings WHERE name = 'a')",
           "SELECT setting FROM pg_settings WHERE name = 'a' UNION SELECT setting FROM pg_settings",
           "SELECT setting, (SELECT max(setting) FROM pg_settings) FROM pg_settings WHERE name = 'a'",
       }) {
    EXPECT_FALSE(spares(sql)) << sql;
  }
}

TEST(AnalyzerColumns, OneReferenceDoesNotAnswerForAnother) {
  const Statement statement = test::analyze_one("SELECT a.name FROM pg_settings a, (SELECT b.* FROM pg_settings b) x");
  ASSERT_EQ(statement.objects.size(), 2U);
  EXPECT_NE(statement.objects[0].spares_sensitive_columns, statement.objects[1].spares_sensitive_columns);
}

TEST(AnalyzerColumns, OrdinaryRelationsAreNotMarked) {
  EXPECT_FALSE(test::analyze_one("SELECT id FROM t").objects.front().spares_sensitive_columns);
  EXPECT_FALSE(test::analyze_one("SELECT relname FROM pg_class").objects.front().spares_sensitive_columns);
}

}  // namespace
}  // namespace sqlproxy::pipeline
