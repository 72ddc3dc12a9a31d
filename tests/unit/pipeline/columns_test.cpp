#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/analyzer.hpp"
#include "pipeline/projection.hpp"
#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::CatalogMaker;
using testing::JudgeTest;
using testing::on_table;
using testing::rule;
using enum StatementType;

void give_columns(CatalogRelation& relation, const std::vector<std::string>& names) {
  relation.columns.clear();
  std::int16_t number = 0;
  for (const std::string& name : names) relation.columns.push_back({name, ++number, 25});
}

// "t.a t.b" for "app.public.t.a", "app.public.t.b".
std::string shortened(const std::vector<std::string>& columns) {
  std::string text;
  for (std::string_view column : columns) {
    constexpr std::string_view kPrefix = "app.public.";
    if (column.starts_with(kPrefix)) column.remove_prefix(kPrefix.size());
    if (!text.empty()) text += ' ';
    text += column;
  }
  return text;
}

// t (a, b, s), u (a, c), v: a view of t (x, y), p: a parent with a child c.
class ColumnsTest : public JudgeTest {
 protected:
  ColumnsTest() {
    t = catalog.relation("public.t");
    give_columns(catalog.last_relation(), {"a", "b", "s"});
    catalog.relation("public.u");
    give_columns(catalog.last_relation(), {"a", "c"});
    const Oid parent = catalog.relation("public.p");
    give_columns(catalog.last_relation(), {"a", "b"});
    catalog.child("public.kid", {parent});
    give_columns(catalog.last_relation(), {"a", "b", "own"});
    view = catalog.view("public.v", {t});
    give_columns(catalog.last_relation(), {"x", "y"});
    catalog.last_relation().rule_columns = {{t, {1, 2}}};
    catalog.last_relation().view_columns = {{1, t, 1}};
  }

  Verdict judged_sql(std::string_view sql) {
    analysis = analyze(sql);
    EXPECT_FALSE(analysis.error) << sql;
    return judged(analysis.statements.front());
  }
  bool allowed_sql(std::string_view sql) { return judged_sql(sql).decision == Decision::allow; }
  void only_columns(std::vector<std::string> columns, StatementTypes types = select) {
    PolicyRule made = on_table(rule("columns", PolicyAction::allow, types), "public", "t");
    made.columns = std::move(columns);
    rules = {made, on_table(rule("u"), "public", "u")};
  }

  Analysis analysis;
  Oid t = 0;
  Oid view = 0;
};

struct Case {
  std::string_view sql;
  std::string_view read;
  std::string_view filtered = "";
  std::string_view written = "";
};

constexpr Case kCases[] = {
    {"SELECT 1 FROM t", ""},
    {"SELECT count(*) FROM t", ""},
    {"SELECT * FROM t", "t.a t.b t.s"},
    {"SELECT t FROM t", "t.a t.b t.s"},
    {"SELECT x.* FROM t x, u", "t.a t.b t.s"},
    {"SELECT b FROM t WHERE s = 'x'", "t.b t.s", "t.s"},
    {"SELECT f(x) FROM t x", "t.a t.b t.s"},
    {"SELECT x.nothing FROM t x", "t.a t.b t.s"},
    {"SELECT (x).a FROM t x", "t.a t.b t.s"},
    {"SELECT q FROM t AS x (p, q)", "t.b"},
    // A name of nothing is one of everything.
    {"SELECT a FROM t AS x (p, q)", "t.a"},
    {"SELECT ctid FROM t", "t.ctid"},
    {"SELECT c FROM t, u", "u.c"},
    {"SELECT a FROM t, u", "t.a u.a"},
    {"SELECT 1 FROM t NATURAL JOIN u", "t.a u.a", "t.a u.a"},
    {"SELECT c FROM t JOIN u USING (a)", "t.a u.a u.c", "t.a u.a"},
    {"SELECT j.d FROM (t CROSS JOIN u) AS j (k, l, m, n, d)", "u.c"},
    {"SELECT j.k FROM (t JOIN u USING (a)) AS j (k)", "t.a u.a", "t.a u.a"},
    {"SELECT (SELECT x.s FROM (u JOIN u w USING (a) AS x) AS j) FROM t x", "t.s u.a", "u.a"},
    {"SELECT (SELECT x.s FROM u JOIN u w USING (a) AS x) FROM t x", "u.a", "u.a"},
    {"SELECT n FROM (SELECT b AS n, s FROM t) x", "t.b t.s"},
    {"SELECT 1 FROM (SELECT b AS n FROM t) x WHERE n = ''", "t.b", "t.b"},
    {"SELECT (SELECT s) FROM t", "t.s"},
    {"SELECT (SELECT c FROM u WHERE u.a = t.b) FROM t", "t.b u.a u.c", "t.b u.a"},
    {"SELECT (SELECT s FROM u) FROM t", "t.s"},
    {"SELECT (SELECT a FROM u) FROM t", "u.a"},
    {"SELECT (SELECT s FROM (VALUES (1)) AS v (s)) FROM t", ""},
    // What PostgreSQL calls an expression is no certain name.
    {"SELECT (SELECT s FROM (SELECT 1 AS x, s(2)) q) FROM t", "t.s"},
    {"SELECT l.z FROM t, LATERAL (SELECT s AS z) l", "t.s"},
    // Without LATERAL the query does not see t.
    {"SELECT (SELECT q.z FROM u, (SELECT s AS z) q) FROM t", "t.s"},
    // Nor does LATERAL see what stands behind it.
    {"SELECT (SELECT 1 FROM LATERAL (SELECT s) l, (VALUES (1)) AS v (s)) FROM t", "t.s"},
    {"SELECT g FROM t, generate_series(1, a) g", "t.a"},
    {"WITH x AS (SELECT s FROM t) SELECT * FROM x", "t.s"},
    {"WITH t AS (SELECT a FROM u) SELECT * FROM t", "u.a"},
    {"WITH x (k) AS (SELECT b FROM t) SELECT 1 FROM x WHERE k = ''", "t.b", "t.b"},
    {"WITH RECURSIVE r AS (SELECT a FROM t UNION SELECT r.a FROM r) SELECT * FROM r", "t.a"},
    {"SELECT a FROM t UNION SELECT c FROM u ORDER BY a", "t.a u.c"},
    {"SELECT b AS s FROM t ORDER BY s", "t.b"},
    {"SELECT b AS s FROM t ORDER BY s || ''", "t.b t.s"},
    {"SELECT b AS s FROM t GROUP BY s, b", "t.b t.s"},
    {"SELECT lower(b) AS n FROM t GROUP BY n", "t.b"},
    {"SELECT (SELECT count(*) AS s FROM u GROUP BY s || '') FROM t", "t.s"},
    {"SELECT DISTINCT ON (s) b FROM t", "t.b t.s"},
    {"SELECT sum(a) OVER (ORDER BY s) FROM t", "t.a t.s"},
    {"SELECT count(*) FILTER (WHERE s > '') FROM t", "t.s", "t.s"},
    {"SELECT 1 FROM t HAVING max(s) > ''", "t.s", "t.s"},
    {"SELECT t.a FROM public.t", "t.a"},
    {"SELECT public.t.a FROM t", "t.a"},
    {"SELECT missing FROM t, u", "", ""},
    {"INSERT INTO t VALUES (1, 2)", "", "", "t.a t.b"},
    {"INSERT INTO t (s) SELECT c FROM u", "u.c", "", "t.s"},
    {"INSERT INTO t SELECT * FROM u", "u.a u.c", "", "t.a t.b"},
    {"INSERT INTO t DEFAULT VALUES", ""},
    {"INSERT INTO t (a) VALUES (1) RETURNING b", "t.b", "", "t.a"},
    {"INSERT INTO t (a) VALUES (1) ON CONFLICT (b) DO UPDATE SET s = excluded.a", "t.a t.b", "", "t.a t.s"},
    {"UPDATE t SET a = 1", "", "", "t.a"},
    {"UPDATE t SET a = b WHERE s = ''", "t.b t.s", "t.s", "t.a"},
    {"UPDATE t SET (a, b) = (SELECT c, s FROM u)", "t.s u.c", "", "t.a t.b"},
    {"UPDATE t SET a = c FROM u WHERE u.a = t.a RETURNING *", "t.a t.b t.s u.a u.c", "t.a u.a", "t.a"},
    {"DELETE FROM t USING u WHERE t.a = u.a", "t.a u.a", "t.a u.a"},
    {"MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET s = c", "t.a u.a u.c", "t.a u.a", "t.s"},
    {"MERGE INTO t USING u ON false WHEN NOT MATCHED THEN INSERT (b) VALUES (u.c)", "u.c", "", "t.b"},
    {"COPY t (a) TO STDOUT", "t.a"},
    {"COPY t TO STDOUT", "t.a t.b t.s"},
    {"COPY t (b) FROM STDIN", "", "", "t.b"},
    {"COPY (SELECT s FROM t) TO STDOUT", "t.s"},
    {"EXPLAIN SELECT s FROM t", "t.s"},
    {"PREPARE q AS SELECT s FROM t", "t.s"},
    {"DECLARE d CURSOR FOR SELECT s FROM t", "t.s"},
    {"CREATE TABLE n AS SELECT s FROM t", "t.s"},
    {"CREATE VIEW n AS SELECT s FROM t", "t.s"},
    {"CREATE TABLE n (LIKE t)", "t.a t.b t.s"},
    {"SELECT x FROM v", "v.x"},
};

TEST_F(ColumnsTest, AreFoundByScopes) {
  options.default_action = PolicyAction::allow;
  for (const Case& c : kCases) {
    const Verdict verdict = judged_sql(c.sql);
    EXPECT_EQ(shortened(verdict.columns), c.read) << c.sql;
    EXPECT_EQ(shortened(verdict.columns_filtered), c.filtered) << c.sql;
    EXPECT_EQ(shortened(verdict.columns_written), c.written) << c.sql;
  }
}

TEST_F(ColumnsTest, AnAllowanceOpensItsColumnsOnly) {
  only_columns({"a", "b"});
  for (const char* sql :
       {"SELECT a, b FROM t", "SELECT count(*) FROM t", "SELECT 1 FROM t", "SELECT t.a FROM t JOIN u USING (a)",
        "SELECT x FROM (SELECT a AS x FROM t) q", "COPY (SELECT a FROM t) TO STDOUT"}) {
    EXPECT_TRUE(allowed_sql(sql)) << sql;
  }
  for (const char* sql : {"SELECT s FROM t", "SELECT * FROM t", "SELECT t FROM t", "SELECT ctid FROM t",
                          "SELECT a FROM t WHERE s = ''", "SELECT a FROM t ORDER BY s", "SELECT missing FROM t",
                          "SELECT a FROM t x WHERE x.missing", "COPY t (a) TO STDOUT", "DELETE FROM t", "LOCK t",
                          "SELECT a FROM t FOR UPDATE", "CREATE TABLE n (LIKE t)", "UPDATE t SET a = 1"}) {
    EXPECT_FALSE(allowed_sql(sql)) << sql;
  }
}

TEST_F(ColumnsTest, EachUseNeedsItsOwnType) {
  only_columns({"a"}, StatementTypes(update) | insert);
  EXPECT_TRUE(allowed_sql("UPDATE t SET a = 1"));
  EXPECT_TRUE(allowed_sql("INSERT INTO t (a) VALUES (1)"));
  EXPECT_TRUE(allowed_sql("INSERT INTO t VALUES (1)"));
  EXPECT_FALSE(allowed_sql("INSERT INTO t VALUES (1, 2)"));
  EXPECT_FALSE(allowed_sql("UPDATE t SET a = 1 WHERE a = 2"));
  EXPECT_FALSE(allowed_sql("UPDATE t SET a = a + 1"));
  EXPECT_FALSE(allowed_sql("UPDATE t SET b = 1"));
  EXPECT_FALSE(allowed_sql("INSERT INTO t (a) VALUES (1) RETURNING a"));
}

TEST_F(ColumnsTest, ABlockClosesItsColumns) {
  PolicyRule block = on_table(rule("secret", PolicyAction::block, statement_types_named("ALL")), "public", "t");
  block.columns = {"s"};
  block.reason = "not yours";
  rules = {on_table(rule("all", PolicyAction::allow, statement_types_named("ALL")), "public"), block};
  EXPECT_TRUE(allowed_sql("SELECT a, ctid FROM t"));
  EXPECT_TRUE(allowed_sql("SET x.y = 1"));
  const Verdict verdict = judged_sql("SELECT a FROM t WHERE s = ''");
  ASSERT_EQ(verdict.decision, Decision::deny);
  EXPECT_EQ(verdict.error->message, "permission denied for table t");
  EXPECT_EQ(verdict.error->detail, "Policy rule \"secret\" blocks SELECT on column s of t: not yours.");
  EXPECT_EQ(verdict.rule->id, "secret");
  EXPECT_EQ(verdict.specificity, 12);
  const Verdict star = judged_sql("SELECT * FROM t");
  ASSERT_EQ(star.decision, Decision::deny);
  EXPECT_TRUE(star.error->hint.starts_with("These columns are allowed: a, b. ")) << star.error->hint;
  for (const char* sql : {"DELETE FROM t", "TRUNCATE t", "ALTER TABLE t ADD COLUMN z int", "COPY t TO STDOUT"}) {
    EXPECT_FALSE(allowed_sql(sql)) << sql;
  }
}

TEST_F(ColumnsTest, ViewsByWildcardAreJudgedByTheColumnsBelow) {
  PolicyRule block = on_table(rule("block", PolicyAction::block), "public", "t");
  block.columns = {"s"};
  rules = {on_table(rule("all"), "public"), block};
  EXPECT_TRUE(allowed_sql("SELECT x FROM v"));
  block.columns = {"b"};
  rules = {on_table(rule("all"), "public"), block};
  EXPECT_FALSE(allowed_sql("SELECT x FROM v"));
  rules.push_back(on_table(rule("named"), "public", "v"));
  EXPECT_TRUE(allowed_sql("SELECT x FROM v"));
  catalog.relation_row(view).rule_columns = {{t, {0}}};
  block.columns = {"s"};
  rules = {on_table(rule("all"), "public"), block};
  EXPECT_FALSE(allowed_sql("SELECT x FROM v"));
}

TEST_F(ColumnsTest, ARuleOnTheParentCoversItsColumnsInChildren) {
  PolicyRule made = on_table(rule("parent"), "public", "p");
  made.columns = {"a"};
  rules = {made};
  EXPECT_TRUE(allowed_sql("SELECT a FROM kid"));
  EXPECT_FALSE(allowed_sql("SELECT b FROM kid"));
  EXPECT_FALSE(allowed_sql("SELECT own FROM kid"));
  EXPECT_FALSE(allowed_sql("SELECT * FROM kid"));
}

TEST_F(ColumnsTest, AGeneratedColumnShowsWhatItIsMadeOf) {
  catalog.relation_row(t).columns[1].generated_from = {3};
  PolicyRule block = on_table(rule("block", PolicyAction::block), "public", "t");
  block.columns = {"s"};
  rules = {on_table(rule("all"), "public"), block};
  EXPECT_TRUE(allowed_sql("SELECT a FROM t"));
  EXPECT_FALSE(allowed_sql("SELECT b FROM t"));
  PolicyRule named = on_table(rule("named"), "public", "t");
  named.columns = {"b"};
  rules.push_back(named);
  EXPECT_TRUE(allowed_sql("SELECT b FROM t"));
}

TEST_F(ColumnsTest, WhatIsNotKnownIsCountedAsRead) {
  only_columns({"a"});
  scope.unknown_temporary_objects = true;
  EXPECT_TRUE(allowed_sql("SELECT a FROM t"));
  EXPECT_FALSE(allowed_sql("SELECT s FROM t"));
  // u may be a temporary table without s.
  EXPECT_FALSE(allowed_sql("SELECT (SELECT s FROM u) FROM t"));
  catalog.relation_row(t).columns.clear();
  EXPECT_TRUE(allowed_sql("SELECT a FROM t"));
  EXPECT_FALSE(allowed_sql("SELECT * FROM t"));
}

TEST_F(ColumnsTest, TooManyNamesAreRefused) {
  std::string sql = "SELECT 1 FROM t t0";
  for (int i = 1; i < 1200; ++i) sql += ", t t" + std::to_string(i);
  sql += " WHERE true";
  for (int i = 0; i < 1200; ++i) sql += " AND t" + std::to_string(i) + ".a = ''";
  options.default_action = PolicyAction::allow;
  const Verdict verdict = judged_sql(sql);
  ASSERT_EQ(verdict.decision, Decision::deny);
  EXPECT_EQ(verdict.error->message, "statement is too complex to analyze");
}

struct ProjectionCase {
  std::string_view sql;
  std::string_view expected;  // name=derivation(origins)
};

constexpr ProjectionCase kProjections[] = {
    {"SELECT a, b AS x FROM t", "a=direct(t.a) x=direct(t.b)"},
    {"SELECT * FROM u", "a=direct(u.a) c=direct(u.c)"},
    {"SELECT a || b FROM t", "?column?=expression(t.a t.b)"},
    {"SELECT lower(s) FROM t", "lower=expression(t.s)"},
    {"SELECT max(s) AS m FROM t", "m=aggregate(t.s)"},
    {"SELECT x FROM (SELECT max(b) AS x FROM t) q", "x=aggregate(t.b)"},
    {"SELECT q.z FROM (SELECT s AS z FROM t) q", "z=direct(t.s)"},
    {"SELECT (SELECT c FROM u WHERE u.a = t.a) FROM t", "=expression(u.c)"},
    {"SELECT a FROM t UNION SELECT c FROM u", "a=direct(t.a u.c)"},
    {"WITH w (k) AS (SELECT s FROM t) SELECT k FROM w", "k=direct(t.s)"},
    {"SELECT t FROM t", "t=expression(t.a t.b t.s)"},
    {"SELECT 1", "?column?=expression()"},
    {"INSERT INTO t (a) VALUES (1) RETURNING s", "s=direct(t.s)"},
    {"COPY t (b) TO STDOUT", "b=direct(t.b)"},
    {"SELECT x, y FROM v", "x=direct(t.a v.x) y=direct(v.y)"},
    {"SELECT a FROM t NATURAL JOIN u", "a=direct(t.a u.a)"},
    {"VALUES (1)", "column1=expression()"},
};

TEST_F(ColumnsTest, ProjectionsTellWhatTheyAreDerivedFrom) {
  catalog.last_function().kind = 'f';
  for (CatalogFunction& function : catalog.rows().functions) {
    if (function.name == "max") function.kind = 'a';
  }
  built = catalog.build();
  for (const ProjectionCase& c : kProjections) {
    analysis = analyze(c.sql);
    const Projections projections = projections_of(analysis.statements.front(), scope, built.get());
    std::string text;
    for (const Projection& projection : projections.columns) {
      if (!text.empty()) text += ' ';
      text += projection.name + '=';
      text += projection.derivation == Derivation::direct      ? "direct("
              : projection.derivation == Derivation::aggregate ? "aggregate("
                                                               : "expression(";
      std::string origins;
      for (const ColumnOrigin& origin : projection.derived_from) {
        origins += (origins.empty() ? "" : " ") + origin.relation + '.' + origin.column;
      }
      text += origins + ')';
    }
    EXPECT_EQ(text, c.expected) << c.sql;
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline
