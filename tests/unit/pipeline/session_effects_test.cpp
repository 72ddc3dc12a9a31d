#include "pipeline/session_effects.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "pipeline/analyzer.hpp"
#include "tests/unit/pipeline/effects_text.hpp"
#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using test::effects_text;
using testing::CatalogMaker;

struct Row {
  std::string_view sql;
  std::string_view effects;
};

class SessionEffectsTest : public ::testing::Test {
 protected:
  SessionEffectsTest() {
    scope.database = "app";
    scope.server_database = "appdb";
    scope.current_user = "service";
    orders = catalog.relation("public.orders");
    const Oid less = catalog.builtin("int4lt", 2);
    catalog.rows().functions.back().volatility = Volatility::immutable;
    for (const char* name : {"<", ">", "+", "||", ">=", "<="}) catalog.op(std::string("pg_catalog.") + name, less);
    for (const char* name : {"now", "version"}) {
      catalog.builtin(name, 0);
      catalog.last_function().volatility = Volatility::stable;
    }
    catalog.builtin("sum");
    catalog.last_function().kind = 'a';
    catalog.last_function().volatility = Volatility::immutable;
    for (const char* name :
         {"pg_advisory_lock", "pg_try_advisory_lock_shared", "pg_advisory_unlock", "pg_advisory_xact_lock", "setseed",
          "currval", "lo_create", "query_to_xml", "pg_replication_origin_session_setup", "pg_input_is_valid"}) {
      catalog.builtin(name);
    }
    catalog.builtin("lastval", 0);
    catalog.builtin("set_config", 3);
    catalog.builtin("setval", 2);
  }

  [[nodiscard]] SessionEffects effects(std::string_view sql) {
    const Analysis analysis = analyze(sql);
    if (analysis.error || analysis.statements.size() != 1) {
      ADD_FAILURE() << sql;
      return {};
    }
    return session_effects(analysis.statements.front(), scope, without_catalog ? nullptr : catalog.build().get());
  }
  [[nodiscard]] std::string of(std::string_view sql) { return effects_text(effects(sql)); }

  template <std::size_t N>
  void expect(const Row (&rows)[N]) {
    for (const Row& row : rows) EXPECT_EQ(of(row.sql), row.effects) << row.sql;
  }

  // A function as an extension brings it: compiled, and so declared.
  Oid extension_function(std::string_view name, Volatility volatility, std::string_view language = "c",
                         int arguments = 1) {
    const Oid oid = catalog.function(name, arguments, language);
    catalog.last_function().volatility = volatility;
    catalog.last_function().from_extension = true;
    return oid;
  }

  CatalogMaker catalog;
  NameScope scope;
  Oid orders = 0;
  bool without_catalog = false;
};

TEST_F(SessionEffectsTest, OrdinaryStatementsLeaveNothing) {
  const Row rows[] = {
      {"SELECT 1", ""},
      {"SELECT now(), version(), lower(o.name) || 'x', o.total::text FROM orders o WHERE o.id = $1 ORDER BY 1", ""},
      {"SELECT count(*), sum(total) FROM public.orders GROUP BY status HAVING sum(total) > 5", ""},
      {"UPDATE orders SET total = total + 1 WHERE id IN (1, 2) RETURNING id", ""},
      {"DELETE FROM orders WHERE id BETWEEN 1 AND 2", ""},
      {"WITH a AS (SELECT * FROM orders) SELECT * FROM a FOR UPDATE", ""},
      {"INSERT INTO orders VALUES (1) ON CONFLICT (id) DO UPDATE SET total = 2", "sequence_written"},
      {"MERGE INTO orders USING orders AS s ON orders.id = s.id WHEN MATCHED THEN DELETE", "sequence_written"},
      {"COPY orders FROM STDIN", "sequence_written"},
      {"COPY orders TO STDOUT", ""},
      {"COPY (SELECT lower(name) FROM orders) TO STDOUT", ""},
      {"TRUNCATE orders", ""},
      {"LOCK TABLE orders", ""},
      {"EXPLAIN ANALYZE SELECT * FROM orders", ""},
      {"SELECT * FROM pg_class, pg_settings", ""},
      {"SHOW work_mem", ""},
      {"NOTIFY a, 'b'", ""},
      {"FETCH ALL FROM c", ""},
      {"VACUUM orders", ""},
      {"CHECKPOINT", ""},
      {"SET CONSTRAINTS ALL DEFERRED", ""},
      {"DISCARD PLANS", ""},
  };
  expect(rows);
  for (const Row& row : rows) EXPECT_TRUE(effects(row.sql).clean()) << row.sql;
}

TEST_F(SessionEffectsTest, TransactionControl) {
  expect({{"BEGIN ISOLATION LEVEL SERIALIZABLE", ""},
          {"COMMIT AND CHAIN", ""},
          {"ROLLBACK TO a", ""},
          {"SET TRANSACTION READ ONLY", ""},
          {"PREPARE TRANSACTION 'x'", ""},
          {"COMMIT PREPARED 'x'", ""}});
}

TEST_F(SessionEffectsTest, Settings) {
  const Row rows[] = {
      {"SET work_mem = '1MB'", "settings"},
      {"SET LOCAL work_mem = '1MB'", ""},
      {"RESET work_mem", "settings"},
      {"RESET ALL", "settings"},
      {"SET ROLE x", "settings"},
      {"SET SESSION AUTHORIZATION x", "settings"},
      {"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "settings"},
      {"SET TIME ZONE 'UTC'", "settings"},
      {"SET App.Tenant = 'x'", "settings custom:app.tenant"},
      {"RESET app.tenant", "settings custom:app.tenant"},
      {"SET LOCAL app.tenant = 'x'", ""},
      {"SELECT set_config('app.a', 'x', false), set_config('app.b', 'x', false), set_config('app.a', 'y', false)",
       "settings custom:app.a custom:app.b"},
      {"SELECT set_config('app.a', $1, true)", ""},
      {"SELECT pg_catalog.set_config('work_mem', '1', true) FROM orders", ""},
      {"SELECT set_config('app.a', 'x', $1)", "settings custom:app.a"},
      {"SELECT set_config($1, 'x', false)", "settings opaque"},
      {"SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit'", "settings opaque"},
      {"UPDATE pg_settings SET setting = 'off'", "settings opaque"},
      {"SET temp_buffers = 100", "settings lasting"},
      {"SET seed = 0.5", "seed lasting"},
      {"SET LOCAL seed = 0.5", "seed lasting"},
      {"SELECT set_config('seed', '0.5', true)", "seed lasting"},
      {"DISCARD ALL", "settings listens names ends_state"},
  };
  expect(rows);
}

TEST_F(SessionEffectsTest, BuiltinFunctions) {
  const Row rows[] = {
      {"SELECT pg_advisory_lock(1)", "advisory_lock"},
      {"SELECT count(pg_try_advisory_lock_shared(id)) FROM orders", "advisory_lock"},
      {"SELECT pg_advisory_unlock(1)", "ends_state"},
      {"SELECT pg_advisory_xact_lock(1)", ""},
      {"SELECT nextval('s'), currval('s'), lastval()", "sequence_written sequence_read"},
      {"SELECT setval('s', 1)", "sequence_written"},
      {"SELECT setseed(0.5)", "seed lasting"},
      {"SELECT random(), pg_sleep(1), pg_notify('a')", ""},
      {"SELECT lo_create(0)", ""},
      {"SELECT query_to_xml('SELECT 1')", "opaque"},
      {"SELECT pg_input_is_valid('x')", "opaque"},
      {"SELECT pg_replication_origin_session_setup('x')", "lasting"},
      {"EXPLAIN ANALYZE SELECT pg_advisory_lock(1)", "advisory_lock"},
      {"CREATE TABLE t AS SELECT setseed(1)", "seed lasting"},
      {"DECLARE c CURSOR FOR SELECT pg_advisory_lock(1)", "advisory_lock"},
      {"COPY (SELECT pg_advisory_lock(1)) TO STDOUT", "advisory_lock"},
      {"SELECT unheard_of(1)", "opaque"},
  };
  expect(rows);
  catalog.builtin("pg_new_in_release_19");
  EXPECT_EQ(of("SELECT pg_new_in_release_19(1)"), "opaque");
  catalog.last_function().volatility = Volatility::stable;
  EXPECT_EQ(of("SELECT pg_new_in_release_19(1)"), "");
}

TEST_F(SessionEffectsTest, UserFunctionsAreOpaque) {
  catalog.function("public.f");
  catalog.function("hr.g");
  catalog.function("public.total");
  expect({{"SELECT f(1)", "opaque"},
          {"SELECT hr.g(1)", "opaque"},
          {"SELECT g(1)", "opaque"},  // not there, or by now
          {"SELECT orders.total FROM orders", "opaque"},
          {"SELECT total FROM orders", ""},
          {"CALL f(1)", "opaque"},
          {"DO 'BEGIN END'", "opaque"},
          {"SELECT pg_temp.f(1)", "opaque"}});
  // An overload of a builtin's name.
  catalog.function("public.lower");
  EXPECT_EQ(of("SELECT lower('x')"), "opaque");
  EXPECT_EQ(of("SELECT pg_catalog.lower('x')"), "");
}

TEST_F(SessionEffectsTest, OnlyCompiledImmutableFunctionsOfExtensionsCompute) {
  extension_function("public.digest", Volatility::immutable);
  extension_function("public.crosstab", Volatility::stable);
  extension_function("public.helper", Volatility::immutable, "sql");
  extension_function("public.dblink_connect", Volatility::volatile_);
  extension_function("public.gathers", Volatility::immutable, "internal");
  catalog.last_function().kind = 'a';
  catalog.function("public.own", 1, "c");
  catalog.last_function().volatility = Volatility::immutable;
  expect({{"SELECT digest('x')", ""},
          {"SELECT crosstab('x')", "opaque"},
          {"SELECT helper('x')", "opaque"},
          {"SELECT gathers(1)", "opaque"},
          {"SELECT own(1)", "opaque"},
          {"SELECT dblink_connect('x')", "lasting opaque"}});
}

TEST_F(SessionEffectsTest, OperatorsAndTypes) {
  const Oid plain = catalog.function("public.compare", 2);
  catalog.op("public.===", plain);
  catalog.op("public.~~~", extension_function("public.similar", Volatility::immutable, "c", 2));
  catalog.type("public.mood");
  const Oid in = catalog.function("public.geometry_in", 1, "c");
  catalog.type("public.geometry", {in});
  catalog.type("public.email", {catalog.function("public.is_email")});
  catalog.rows().coded_types.push_back(catalog.type("public.checked"));
  const Row rows[] = {
      {"SELECT 1 = 2", ""},
      {"SELECT 1 === 2", "opaque"},
      {"SELECT 1 ~~~ 2", ""},
      {"SELECT 1 <<<>>> 2", "opaque"},
      {"SELECT 'x'::mood, mood('x')", ""},
      {"SELECT 'x'::geometry", ""},
      {"SELECT 'x'::email", "opaque"},
      {"SELECT 'x'::checked[]", "opaque"},
      {"SELECT checked(1)", "opaque"},
      {"SELECT 'x'::unheard_of", "opaque"},
      {"SELECT NULL::orders", ""},
      {"CREATE TABLE t (id serial, a int, b text)", ""},
      {"CREATE TABLE t (a email)", "opaque"},
  };
  expect(rows);
  // A user's operator of a builtin's name, in reach.
  catalog.op("public.=", plain);
  EXPECT_EQ(of("SELECT 1 = 2"), "opaque");
  EXPECT_EQ(of("SELECT 1 OPERATOR(pg_catalog.=) 2"), "");
  scope.unknown_temporary_objects = true;
  EXPECT_EQ(of("SELECT 'x'::mood"), "opaque");
}

TEST_F(SessionEffectsTest, CastsBetweenBuiltinTypesReachEverything) {
  EXPECT_EQ(of("SELECT 1"), "");
  catalog.rows().coded_types.push_back(23);
  EXPECT_EQ(of("SELECT 1"), "opaque");
}

TEST_F(SessionEffectsTest, NamesThatAreNotCertain) {
  expect({{"SELECT * FROM unheard_of", "opaque"},
          {"SELECT * FROM other.public.orders", "opaque"},
          {"SELECT * FROM pg_temp.orders", "opaque"}});
  scope.temporary_relations = {"scratch"};
  EXPECT_EQ(of("SELECT * FROM scratch"), "opaque");
  EXPECT_EQ(of("SELECT * FROM orders"), "");
  scope.unknown_temporary_objects = true;
  EXPECT_EQ(of("SELECT * FROM orders"), "opaque");
  EXPECT_EQ(of("SELECT * FROM public.orders"), "");
  scope = NameScope{};
  scope.server_database = "appdb";
  scope.search_path_known = false;
  catalog.function("hr.lower");
  EXPECT_EQ(of("SELECT lower('x')"), "opaque");
}

TEST_F(SessionEffectsTest, TemporaryObjects) {
  const Row rows[] = {
      {"CREATE TEMP TABLE t (a int)", "temporary"},
      {"SELECT 1 AS a INTO TEMP t", "temporary"},
      {"CREATE TEMP VIEW v AS SELECT 1", "temporary"},
      {"CREATE TEMP SEQUENCE s", "temporary"},
      {"CREATE TABLE pg_temp.t (a int)", "temporary"},
      {"CREATE TYPE pg_temp.c AS (a int)", "temporary"},
      {"CREATE DOMAIN pg_temp.d AS int", "temporary"},
      {"CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "temporary"},
      {"CREATE TABLE t (a int)", ""},
      {"CREATE SCHEMA s", ""},
      {"DROP TABLE orders", "ends_state"},
  };
  expect(rows);
  scope.search_path = {"pg_temp", "public"};
  expect({{"CREATE TABLE t (a int)", "temporary"},
          {"CREATE TYPE c AS (a int)", "temporary"},
          {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "temporary"},
          {"CREATE COLLATION c FROM \"C\"", "temporary"},
          {"CREATE TABLE public.t (a int)", ""},
          {"CREATE SCHEMA s", ""}});
  scope.search_path = {"pg_temp_3", "public"};
  EXPECT_EQ(of("CREATE TABLE t (a int)"), "temporary");
  scope.search_path_known = false;
  EXPECT_EQ(of("CREATE TABLE t (a int)"), "temporary");
  EXPECT_EQ(of("CREATE TABLE public.t (a int)"), "");
}

TEST_F(SessionEffectsTest, CursorsNamesChannelsLibraries) {
  catalog.function("public.f");
  const Row rows[] = {
      {"DECLARE c CURSOR WITH HOLD FOR SELECT 1", "held_cursor"},
      {"DECLARE c CURSOR FOR SELECT 1", ""},
      {"CLOSE c", "ends_state"},
      {"CLOSE ALL", "ends_state"},
      {"PREPARE p AS SELECT f(1)", "names"},
      {"EXECUTE p(1)", ""},
      {"DEALLOCATE p", "names ends_state"},
      {"DEALLOCATE ALL", "names ends_state"},
      {"DISCARD TEMP", "ends_state"},
      {"DISCARD SEQUENCES", "ends_state"},
      {"LISTEN a", "listens"},
      {"UNLISTEN a", "listens ends_state"},
      {"UNLISTEN *", "listens ends_state"},
      {"LOAD 'x'", "library lasting"},
      {"CREATE EXTENSION x", "library opaque"},
      {"ALTER EXTENSION x UPDATE", "library opaque"},
      {"CREATE LANGUAGE x", "library opaque"},
      {"CREATE FUNCTION h() RETURNS int LANGUAGE c AS 'x'", "library"},
      {"ALTER TABLE orders ADD COLUMN n serial", "sequence_written"},
  };
  expect(rows);
}

TEST_F(SessionEffectsTest, ExecuteHasTheEffectsOfWhatWasPrepared) {
  catalog.function("public.f");
  const auto executed = [&](std::string_view sql) {
    return effects_text(executed_effects(analyze(sql).statements.front(), scope, catalog.build().get()));
  };
  EXPECT_EQ(executed("PREPARE p AS SELECT f(1)"), "opaque");
  EXPECT_EQ(executed("PREPARE p AS SELECT set_config('a.b', 'x', false)"), "settings custom:a.b");
  EXPECT_EQ(executed("PREPARE p AS SELECT 1"), "");
}

TEST_F(SessionEffectsTest, MaintenanceOfEverythingRunsTheExpressionsOfIndexes) {
  catalog.rows().relation_code.push_back({orders});
  expect({{"VACUUM", "opaque"},
          {"ANALYZE", "opaque"},
          {"REINDEX SCHEMA public", "opaque"},
          {"REINDEX TABLE orders", "opaque"},
          {"VACUUM orders", "opaque"},
          {"SELECT * FROM orders", ""}});
}

TEST_F(SessionEffectsTest, EventTriggersRunWithDdl) {
  EXPECT_EQ(of("CREATE TABLE t (a int)"), "");
  catalog.rows().has_event_triggers = true;
  expect({{"CREATE TABLE t (a int)", "opaque"},
          {"GRANT SELECT ON orders TO x", "opaque"},
          {"SELECT 1 AS a INTO t", "opaque"},
          {"SELECT * FROM orders", ""},
          {"INSERT INTO orders VALUES (1)", "sequence_written"}});
}

TEST_F(SessionEffectsTest, WithoutACatalogOnlyWhatNamesNothingIsClear) {
  without_catalog = true;
  expect({{"SELECT 1", ""},
          {"SELECT $1::int", ""},
          {"BEGIN", ""},
          {"SET a.b = 1", "settings custom:a.b"},
          {"SELECT 1 = 2", "opaque"},
          {"SELECT now()", "opaque"},
          {"SELECT * FROM orders", "opaque"},
          {"CREATE TABLE t (a int)", "temporary opaque"}});
}

TEST_F(SessionEffectsTest, WhatIsNotReadMayDoEverything) {
  EXPECT_EQ(static_cast<EffectFlags>(session_effects(Statement{}, scope, catalog.build().get())), kEveryEffect);
}

TEST_F(SessionEffectsTest, FunctionCallMessages) {
  const Oid user = catalog.function("public.f");
  const Oid lock = catalog.builtin("pg_advisory_lock", 2);
  const Oid sets = catalog.builtin("set_config", 3);
  const Oid plain = catalog.builtin("lower");
  const auto built = catalog.build();
  EXPECT_EQ(effects_text(function_call_effects(user, built.get())), "opaque");
  EXPECT_EQ(effects_text(function_call_effects(lock, built.get())), "advisory_lock");
  EXPECT_EQ(effects_text(function_call_effects(sets, built.get())), "settings opaque");
  EXPECT_EQ(effects_text(function_call_effects(plain, built.get())), "");
  EXPECT_EQ(effects_text(function_call_effects(999999, built.get())), "opaque");
  EXPECT_EQ(effects_text(function_call_effects(plain, nullptr)), "opaque");
}

TEST_F(SessionEffectsTest, EffectsUnite) {
  const SessionEffects both = unite(effects("SET a.b = 1"), unite(effects("SET a.c = 1"), effects("RESET a.b")));
  EXPECT_EQ(effects_text(both), "settings custom:a.b custom:a.c");
  EXPECT_EQ(unite({}, both), both);
  EXPECT_FALSE(both.clean());
}

}  // namespace
}  // namespace sqlproxy::pipeline
