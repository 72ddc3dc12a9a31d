#include "pipeline/cache_key.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/pipeline/cache_key_oracle.hpp"

namespace sqlproxy::pipeline {
namespace {

struct Key {
  explicit Key(std::string_view sql) {
    CacheKeyMaker maker(42);
    const CacheKey made = maker.make(sql);
    text = made.text;
    hash = made.hash;
    exact = made.exact;
  }

  std::string text;
  std::uint64_t hash;
  bool exact;

  friend bool operator==(const Key&, const Key&) = default;
};

TEST(CacheKey, TellsTextsThatHaveNoLiterals) {
  CacheKeyMaker maker(42);
  for (const std::string_view sql : {"SELECT a FROM t WHERE b = $1", "SELECT a FROM t /* 1 */ WHERE b IN ($1) -- 'x'",
                                     "INSERT INTO t VALUES ($1, $2)", "SELECT a FROM t ORDER BY b"}) {
    EXPECT_TRUE(maker.make(sql).literal_free) << sql;
  }
  for (const std::string_view sql :
       {"SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = X'1F'",
        "SELECT a FROM t WHERE b IN (1, 2)", "SELECT $1, 1.5", "BEGIN", "SET a = b"}) {
    EXPECT_FALSE(maker.make(sql).literal_free) << sql;
  }
}

TEST(CacheKey, LeavesOutPlainValues) {
  const std::pair<std::string_view, std::string_view> equal[] = {
      {"SELECT a FROM t WHERE b = 1", "SELECT a\nFROM t /* x */ WHERE b=2 -- y"},
      {"SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = E'y\\''"},
      {"SELECT a FROM t WHERE b = 'x'", "SELECT a FROM t WHERE b = $$y$$"},
      {"SELECT a FROM t WHERE b IN (1, 2)", "SELECT a FROM t WHERE b IN (3)"},
      {"SELECT a FROM t WHERE b IN ('x', 'y')", "SELECT a FROM t WHERE b IN ($$x$$, 'z', 'w')"},
      {"SELECT a FROM t WHERE b IN ($1, $2)", "SELECT a FROM t WHERE b IN ($1, $2, $3)"},
      {"SELECT a FROM t WHERE b IN (E'x')", "SELECT a FROM t WHERE b IN (E'y')"},
      {"SELECT a FROM t WHERE b LIKE 'x%'", "SELECT a FROM t WHERE b LIKE 'y%'"},
      {"SELECT a FROM t WHERE b NOT LIKE 'x%'", "SELECT a FROM t WHERE b NOT LIKE 'y%'"},
      {"SELECT a FROM t WHERE b BETWEEN 'x' AND 'y'", "SELECT a FROM t WHERE b BETWEEN 'v' AND 'w'"},
      {"SELECT CASE WHEN a = 'x' THEN 'y' ELSE 'z' END", "SELECT CASE WHEN a = '1' THEN '2' ELSE '3' END"},
      {"SELECT f(1)", "SELECT f(2)"},
      {"SELECT a FROM t WHERE b = DATE '2020-01-01'", "SELECT a FROM t WHERE b = DATE '2021-01-01'"},
      {"SELECT a FROM t WHERE b = '5'::int", "SELECT a FROM t WHERE b = '6'::int"},
      {"SELECT coalesce(a, 'x')", "SELECT coalesce(a, 'y')"},
      {"INSERT INTO t (a, b) VALUES ('x', 1)", "INSERT INTO t (a, b) VALUES ('y', 2)"},
      {"UPDATE t SET a = 'x' WHERE b = -1", "UPDATE t SET a = 'y' WHERE b = -2"},
      {"WITH c AS (SELECT 'x') DELETE FROM t WHERE a = B'1'", "WITH c AS (SELECT 'y') DELETE FROM t WHERE a = B'0'"},
      {"SELECT a FROM t GROUP BY 1 HAVING b = 1", "SELECT a FROM t GROUP BY 1 HAVING b = 2"},
      {"(SELECT 'x');", "(SELECT 'y') ;"},
  };
  for (const auto& [a, b] : equal) {
    EXPECT_EQ(Key(a), Key(b)) << a;
    EXPECT_FALSE(Key(a).exact) << a;
  }
}

TEST(CacheKey, KeepsWhatTheAnalysisMayDependOn) {
  const std::pair<std::string_view, std::string_view> different[] = {
      // Types that decide which function is meant.
      {"SELECT f(1)", "SELECT f(1.5)"},
      {"SELECT f(1)", "SELECT f(2147483648)"},
      {"SELECT f(2147483648)", "SELECT f(9223372036854775808)"},
      {"SELECT f(1)", "SELECT f(B'1')"},
      {"SELECT a = '1'", "SELECT a = 1"},
      {"SELECT a IN (1)", "SELECT a IN ('1')"},
      {"SELECT a IN (1, 2)", "SELECT a IN (1, b)"},
      // Names in strings.
      {"SELECT nextval('a')", "SELECT nextval('b')"},
      {"SELECT nextval(('a'))", "SELECT nextval(('b'))"},
      {"SELECT s.\"F\"('a')", "SELECT s.\"F\"('b')"},
      {"SELECT s.coalesce('a')", "SELECT s.coalesce('b')"},
      {"SELECT 'a'::regclass", "SELECT 'b'::regclass"},
      {"SELECT ('a')::regclass", "SELECT ('b')::regclass"},
      {"SELECT 'a'::text::regclass", "SELECT 'b'::text::regclass"},
      {"SELECT 'a'::pg_catalog.regclass", "SELECT 'b'::pg_catalog.regclass"},
      {"SELECT 'a'::date.regclass", "SELECT 'b'::date.regclass"},
      {"SELECT 'a'::\"regclass\"", "SELECT 'b'::\"regclass\""},
      {"SELECT regclass 'a'", "SELECT regclass 'b'"},
      {"SELECT \"regclass\" 'a'", "SELECT \"regclass\" 'b'"},
      {"SELECT CAST('a' AS regclass)", "SELECT CAST('b' AS regclass)"},
      {"SELECT 1::oid", "SELECT 2::oid"},
      {"SELECT like 'a'", "SELECT like 'b'"},
      {"SELECT a AT TIME ZONE 'x'", "SELECT a AT TIME ZONE 'y'"},
      {"SELECT 'a' AT TIME ZONE b", "SELECT 'c' AT TIME ZONE b"},
      {"SELECT 'a' LIKE 'b' ESCAPE 'c'", "SELECT 'd' LIKE 'b' ESCAPE 'c'"},
      {"SELECT ('a', b) OVERLAPS (c, d)", "SELECT ('x', b) OVERLAPS (c, d)"},
      {"SELECT 'a' IS NORMALIZED", "SELECT 'b' IS NORMALIZED"},
      {"SELECT ('a').f", "SELECT ('b').f"},
      {"SELECT position('a' IN ('b'))", "SELECT position('a' IN ('c'))"},
      // Ordinals, counts, modifiers.
      {"SELECT a FROM t ORDER BY 1", "SELECT a FROM t ORDER BY 2"},
      {"SELECT a FROM t ORDER BY (1)", "SELECT a FROM t ORDER BY (2)"},
      {"SELECT a FROM t GROUP BY 1", "SELECT a FROM t GROUP BY 2"},
      {"SELECT a FROM t GROUP BY ROLLUP (1)", "SELECT a FROM t GROUP BY ROLLUP (2)"},
      {"SELECT DISTINCT ON (1) a FROM t", "SELECT DISTINCT ON (2) a FROM t"},
      {"SELECT a FROM t LIMIT 1", "SELECT a FROM t LIMIT 2"},
      {"SELECT a FROM t LIMIT 1 + 1", "SELECT a FROM t LIMIT 1 + 2"},
      {"SELECT a FROM t OFFSET 1", "SELECT a FROM t OFFSET 2"},
      {"SELECT a FROM t FETCH FIRST 1 ROW ONLY", "SELECT a FROM t FETCH FIRST 2 ROW ONLY"},
      {"SELECT a::varchar(1)", "SELECT a::varchar(2)"},
      {"SELECT a IN ($1) AND $2", "SELECT a IN ($1) AND $3"},
      {"SELECT a IN ($1, 2)", "SELECT a IN ($2, 2)"},
      // The operator is seen by the analyzer.
      {"SELECT a IN (1)", "SELECT a IN (+1)"},
      {"SELECT a IN (1)", "SELECT a.in (1)"},
      // Names.
      {"SELECT a FROM t", "SELECT a FROM u"},
      {"SELECT \"a b\"", "SELECT \"a\" \"b\""},
      {"SELECT a", "SELECT \"a\""},
  };
  for (const auto& [a, b] : different) EXPECT_NE(Key(a), Key(b)) << a;
}

TEST(CacheKey, IsTheTextItselfWhereMeaningIsNotCertain) {
  for (const std::string_view sql : {"",
                                     " ",
                                     ";",
                                     "ALTER ROLE a PASSWORD 'x'",
                                     "SET a = 1",
                                     "EXPLAIN SELECT 1",
                                     "COPY t FROM 'f'",
                                     "PREPARE p AS SELECT 1",
                                     "EXECUTE p(1)",
                                     "CALL f('x')",
                                     "DO 'x'",
                                     "SELECT 1; SELECT 2",
                                     "SELECT 'a",
                                     "SELECT /*",
                                     "SELECT 1a",
                                     "SELECT \x01",
                                     "SELECT {",
                                     "SELECT U&'a'",
                                     "SELECT a IN (U&'a')",
                                     "SELECT U&'a' UESCAPE '!'",
                                     "SELECT U&\"a\"",
                                     "SELECT 1 FROM pg_settings WHERE name = 'a'",
                                     "SELECT 1 FROM pg_catalog.Pg_Settings WHERE name IN ('a', 'b')",
                                     "SELECT 1 FROM pg_catalog . \"pg_settings\" WHERE name = 'a'",
                                     "SELECT )",
                                     "5",
                                     "'a'",
                                     "SELECT 'a' 'b'",
                                     "SELECT $1 'b'"}) {
    EXPECT_TRUE(Key(sql).exact) << sql;
    EXPECT_EQ(Key(sql).text, sql);
  }
}

TEST(CacheKey, MarksCannotBeForged) {
  EXPECT_NE(Key("SELECT a = 'x'"), Key("SELECT a = \x01"));
  EXPECT_NE(Key("SELECT a = \"\x01\""), Key("SELECT a = 'x'"));
  const Key normalised("SELECT a = 'x'");
  EXPECT_NE(Key(normalised.text), normalised);
}

TEST(CacheKey, KeysLongTextsExactly) {
  std::string sql = "SELECT 'x' -- ";
  sql.resize(CacheKeyMaker::kMaxNormalizedBytes, 'y');
  EXPECT_FALSE(Key(sql).exact);
  sql += 'y';
  EXPECT_TRUE(Key(sql).exact);
}

TEST(CacheKey, GivesUpOnDepth) {
  std::string sql = "SELECT ";
  for (int i = 0; i < 100; ++i) sql += "(";
  EXPECT_TRUE(Key(sql).exact);
}

TEST(CacheKey, SeedChangesTheHash) {
  CacheKeyMaker a(1);
  CacheKeyMaker b(2);
  EXPECT_NE(a.make("SELECT 1").hash, b.make("SELECT 1").hash);
}

TEST(CacheKey, FitsItsBuffer) {
  // The shortest texts for the longest keys: address sanitizer watches.
  for (const std::string_view sql :
       {"SELECT(a)IN(1)", "SELECT a IN($1)", "SELECT 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1",
        "SELECT a IN($1),a IN($2),a IN($3),a IN($4),a IN($5),a IN($6),a IN($7),a IN($8)"}) {
    CacheKeyMaker maker(1);
    EXPECT_FALSE(maker.make(sql).exact);
  }
}

// Each of these puts constants where some rule has to think; the analyzer is the judge of what may be left out.
TEST(CacheKey, EqualKeysMeanEqualAnalyses) {
  for (
      const std::string sql : {
          "SELECT nextval('a'), set_config('role', 'b', false), f('c', 1), g(x => 'd'), s.h(VARIADIC ARRAY['e'])",
          "SELECT 'a'::regclass, ('a')::regclass, regclass 'a', CAST('a' AS regclass), regclass('a'), 'a'::text",
          "SELECT f('a'::text), f(text 'b'), f(('c'::text)), f(CAST('d' AS text)), f('e' || 'f'), f((SELECT 'g'))",
          "SELECT a FROM t WHERE b = 'x' AND c IN (1, -2) AND d NOT IN ('y') AND e LIKE 'z' OR NOT f ILIKE ANY ('{a}')",
          "SELECT a AT TIME ZONE 'utc', 'x' AT TIME ZONE b FROM t",
          "SELECT a LIKE 'x' ESCAPE '!', 'a' SIMILAR TO 'b', ('a', 'b') OVERLAPS ('c', 'd'), 'x' IS NFC NORMALIZED",
          "SELECT position('a' IN 'b'), substring('a' FROM 1 FOR 2), overlay('a' PLACING 'b' FROM 1), trim('a' FROM b)",
          "SELECT extract(year FROM date '2020-01-01'), interval '1 day', date '2020-01-01', timestamp 'x', like 'a'",
          "SELECT coalesce('a', 'b'), greatest('a', 1), nullif('a', 'b'), row('a', 1), array['a', 'b'], exists (SELECT "
          "'a')",
          "SELECT a, count(*) FILTER (WHERE b = 'x') OVER (PARTITION BY c ORDER BY 1 ROWS 2 PRECEDING) FROM t",
          "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t WHERE b = 'x' GROUP BY 1 HAVING c = 'y' ORDER "
          "BY 1",
          "SELECT xmlelement(name a, 'b'), xmlparse(document 'c'), xmlpi(name d, 'e') WHERE xmlexists('f' PASSING g)",
          "SELECT * FROM f('a') AS t(b int), ROWS FROM (g('c'), h('d')), LATERAL (SELECT 'e') s, t TABLESAMPLE system "
          "(5)",
          "INSERT INTO t (a, b) VALUES ('x', 1), (DEFAULT, f('y')) ON CONFLICT (a) WHERE b = 'z' DO UPDATE SET a = 'w'",
          "UPDATE t SET a = 'x', (b, c) = ('y', f('z')), d[1] = 2, e.f = 'g' FROM u WHERE t.h = 'i' RETURNING 'j', "
          "k('l')",
          "UPDATE pg_settings SET setting = 'x' WHERE name = 'role'",
          "MERGE INTO t USING u ON t.a = 'x' WHEN MATCHED AND b = 'y' THEN UPDATE SET c = f('z') WHEN NOT MATCHED THEN "
          "INSERT VALUES ('w')",
          "WITH RECURSIVE a AS (SELECT 1, 'x' UNION ALL SELECT 2, f('y')) CYCLE b SET c TO 'd' DEFAULT 'e' USING g "
          "SELECT 1",
          "SELECT 'a' COLLATE \"C\", a -> 'b' ->> 'c', a #>> '{d}', a OPERATOR(pg_catalog.=) 'e', -'f', @ 'g'",
          "SELECT (x).y, (f('a')).b, ('c'::t).d, (ARRAY['e'])[1], a['f'], x[1:2] FROM t",
          "SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 EXCEPT (SELECT 4 ORDER BY 1 LIMIT 5) ORDER BY 1 OFFSET 6",
          "SELECT GROUPING(a) FROM t GROUP BY GROUPING SETS ((1), (a, 'x')), CUBE (2)",
          "SELECT CASE 'a' WHEN 'b' THEN f('c') ELSE 'd' END, CASE WHEN 1 = 2 THEN 3 END::regclass",
          "SELECT a AS order, b AS limit FROM t WHERE c.group = 1 AND d.at = 'x' AND e.escape = 'y'",
          "SELECT within FROM t within GROUP BY 1",
          "VALUES (1, 'a'), (2, 'b')",
          "TABLE t",
      }) {
    EXPECT_EQ(testing::cache_key_fault(sql).value_or(""), "") << sql;
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline
