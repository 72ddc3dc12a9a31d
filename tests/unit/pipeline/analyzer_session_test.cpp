#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/analysis_text.hpp"

namespace sqlproxy::pipeline {
namespace {

using test::Texts;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

struct SettingRow {
  std::string_view sql;
  std::string_view sub_type;
  Texts settings;
};

TEST(AnalyzerSession, Settings) {
  const SettingRow rows[] = {
      {"SET work_mem = '1MB'", "SET", {"set work_mem = '1MB'"}},
      {"SET SESSION Work_Mem TO 64", "SET", {"set work_mem = '64'"}},
      {"SET \"TimeZone\" = 'UTC'", "SET", {"set timezone = 'UTC'"}},
      {"SET LOCAL x.y = -1.5", "SET", {"local x.y = '-1.5'"}},
      {"SET a = on", "SET", {"set a = 'on'"}},
      {"SET a = true", "SET", {"set a = 'true'"}},
      {"SET search_path = a, \"B c\", 'd,e'", "SET", {"set search_path = 'a' 'B c' 'd,e'"}},
      {"SET SCHEMA 'a'", "SET", {"set search_path = 'a'"}},
      {"SET TIME ZONE 'UTC'", "SET", {"set timezone = 'UTC'"}},
      {"SET TIME ZONE -7", "SET", {"set timezone = '-7'"}},
      {"SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE", "SET", {"set timezone"}},
      {"SET TIME ZONE LOCAL", "SET", {"reset timezone"}},
      {"SET NAMES 'LATIN1'", "SET", {"set client_encoding = 'LATIN1'"}},
      {"SET ROLE x", "SET", {"set role = 'x'"}},
      {"SET LOCAL ROLE NONE", "SET", {"local role = 'none'"}},
      {"SET SESSION AUTHORIZATION x", "SET", {"set session_authorization = 'x'"}},
      {"SET SESSION AUTHORIZATION DEFAULT", "SET", {"reset session_authorization"}},
      {"SET XML OPTION DOCUMENT", "SET", {"set xmloption = 'DOCUMENT'"}},
      {"SET a TO DEFAULT", "SET", {"reset a"}},
      {"SET LOCAL a TO DEFAULT", "SET", {"local a"}},
      {"SET a FROM CURRENT", "SET", {"set a"}},
      {"RESET a", "RESET", {"reset a"}},
      {"RESET ROLE", "RESET", {"reset role"}},
      {"RESET SESSION AUTHORIZATION", "RESET", {"reset session_authorization"}},
      {"RESET TIME ZONE", "RESET", {"reset timezone"}},
      {"RESET ALL", "RESET", {"reset all"}},
      {"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY",
       "SET",
       {"set default_transaction_isolation = 'serializable'", "set default_transaction_read_only = '1'"}},
      {"SHOW search_path", "SHOW", {}},
      {"SHOW ALL", "SHOW", {}},
      {"DISCARD ALL", "DISCARD ALL", {"reset all"}},
      {"DISCARD PLANS", "DISCARD PLANS", {}},
      {"DISCARD TEMP", "DISCARD TEMP", {}},
      {"DISCARD SEQUENCES", "DISCARD SEQUENCES", {}},
      {"SET CONSTRAINTS s.c DEFERRED", "SET CONSTRAINTS", {}},
      {"DEALLOCATE p", "DEALLOCATE", {}},
      {"DEALLOCATE ALL", "DEALLOCATE ALL", {}},
      {"CLOSE c", "CLOSE CURSOR", {}},
      {"CLOSE ALL", "CLOSE CURSOR ALL", {}},
  };
  for (const SettingRow& row : rows) {
    SCOPED_TRACE(row.sql);
    const Statement statement = test::analyze_one(row.sql);
    EXPECT_EQ(statement.type, StatementType::session);
    EXPECT_EQ(statement.sub_type, row.sub_type);
    EXPECT_THAT(test::setting_texts(statement), ElementsAreArray(row.settings));
    EXPECT_THAT(statement.objects, IsEmpty());
  }
}

TEST(AnalyzerSession, SettingsMadeByFunctions) {
  struct Row {
    std::string_view sql;
    Texts settings;
  };
  const Row rows[] = {
      {"SELECT set_config('Search_Path', 'a, b', false)", {"set search_path = 'a, b' by-function"}},
      {"SELECT pg_catalog.set_config('role'::text, 'x', 't'), set_config('a', 'b', 'false')",
       {"local role = 'x' by-function", "set a = 'b' by-function"}},
      {"SELECT set_config('a', NULL, false)", {"reset a by-function"}},
      {"SELECT set_config('a', $1, false)", {"set a by-function"}},
      {"SELECT set_config('a', 'b', $1)", {"set a by-function"}},
      {"SELECT set_config('a' || 'b', 'c', false)", {"set ? by-function"}},
      {"SELECT set_config($1, 'c', false)", {"set ? by-function"}},
      // A cast can change a string: this one cuts it to 'role'.
      {"SELECT set_config('role_'::varchar(4), 'c', false)", {"set ? by-function"}},
      {"SELECT set_config(is_local => true, setting_name => 'a', new_value => 'b')", {"set ? by-function"}},
      {"SELECT set_config(VARIADIC ARRAY['a'])", {"set ? by-function"}},
      // Anything around the call makes it uncertain.
      {"SELECT set_config('a', 'b', false), 1", {"set a = 'b' by-function conditional"}},
      {"SELECT set_config('a', 'b', false) WHERE x", {"set a = 'b' by-function conditional"}},
      {"SELECT set_config('a', 'b', false) LIMIT 0", {"set a = 'b' by-function conditional"}},
      {"SELECT * FROM set_config('a', 'b', false)", {"set a = 'b' by-function conditional"}},
      {"SELECT CASE WHEN x THEN set_config('a', 'b', true) END", {"local a = 'b' by-function conditional"}},
      {"WITH w AS (SELECT set_config('a', 'b', false)) SELECT 1", {"set a = 'b' by-function conditional"}},
      {"EXPLAIN SELECT set_config('a', 'b', false)", {"set a = 'b' by-function conditional"}},
      {"PREPARE p AS SELECT set_config('a', 'b', false)", {"set a = 'b' by-function conditional"}},
      {"UPDATE pg_settings SET setting = 'x' WHERE name = 'role'", {"set ? by-function conditional"}},
      {"UPDATE pg_catalog.pg_settings SET setting = 'x'", {"set ? by-function conditional"}},
      // Nothing is certain of a call that may not be made.
      {"SELECT set_config('a', NULL, false) WHERE x", {"set a by-function conditional"}},
      // The name that WHERE leaves.
      {"SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'A'",
       {"set a = 'v' by-function conditional from-view"}},
      {"SELECT pg_catalog.set_config(name, 'v', true) FROM pg_catalog.pg_settings WHERE name = 'a'",
       {"local a = 'v' by-function conditional from-view"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings WHERE 'a' = name", {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'a'::citext",
       {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = $1", {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings WHERE name OPERATOR(s.=) 'a'",
       {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'a' OR true",
       {"set ? by-function conditional"}},
      {"SELECT set_config(name || '', 'v', false) FROM pg_settings WHERE name = 'a'",
       {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings", {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings, t WHERE name = 'a'", {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM s.pg_settings WHERE name = 'a'", {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false) FROM pg_settings AS pg_settings (x, name) WHERE name = 'a'",
       {"set ? by-function conditional"}},
      {"SELECT set_config(name, 'v', false), 1 FROM pg_settings WHERE name = 'a'", {"set ? by-function conditional"}},
      {"SELECT 1 WHERE EXISTS (SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'a')",
       {"set ? by-function conditional"}},
      {"WITH pg_settings AS (SELECT 'role' AS name) "
       "SELECT set_config(name, 'v', false) FROM pg_settings WHERE name = 'a'",
       {"set ? by-function conditional"}},
      // Others of that name.
      {"SELECT s.set_config('a', 'b', false)", {}},
      {"UPDATE s.pg_settings SET setting = 'x'", {}},
      // Settings of functions, roles and databases are not the session's.
      {"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = x AS ''", {}},
      {"ALTER ROLE r SET role = x", {}},
      {"ALTER SYSTEM SET a = b", {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sql);
    EXPECT_THAT(test::setting_texts(test::analyze_one(row.sql)), ElementsAreArray(row.settings));
  }
}

TEST(AnalyzerSession, Transactions) {
  using Kind = TransactionControl::Kind;
  struct Row {
    std::string_view sql;
    std::string_view sub_type;
    Kind kind;
    std::string_view name;
    bool chain;
  };
  const Row rows[] = {
      {"BEGIN", "BEGIN", Kind::begin, "", false},
      {"BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", "BEGIN", Kind::begin, "", false},
      {"START TRANSACTION", "START TRANSACTION", Kind::begin, "", false},
      {"COMMIT AND CHAIN", "COMMIT", Kind::commit, "", true},
      {"END", "COMMIT", Kind::commit, "", false},
      {"ROLLBACK", "ROLLBACK", Kind::rollback, "", false},
      {"ABORT AND CHAIN", "ROLLBACK", Kind::rollback, "", true},
      {"SAVEPOINT \"A\"", "SAVEPOINT", Kind::savepoint, "A", false},
      {"RELEASE a", "RELEASE", Kind::release, "a", false},
      {"ROLLBACK TO SAVEPOINT A", "ROLLBACK", Kind::rollback_to, "a", false},
      {"SET TRANSACTION READ ONLY", "SET", Kind::set_transaction, "", false},
      {"SET TRANSACTION SNAPSHOT 'x'", "SET", Kind::set_transaction, "", false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sql);
    const Statement statement = test::analyze_one(row.sql);
    EXPECT_EQ(statement.type, StatementType::transaction);
    EXPECT_EQ(statement.sub_type, row.sub_type);
    EXPECT_EQ(statement.transaction.kind, row.kind);
    EXPECT_EQ(statement.transaction.name, row.name);
    EXPECT_EQ(statement.transaction.chain, row.chain);
    EXPECT_THAT(statement.objects, IsEmpty());
    EXPECT_THAT(statement.settings, IsEmpty());
  }
  EXPECT_EQ(test::analyze_one("PREPARE TRANSACTION 'x'").transaction.kind, Kind::prepare_transaction);
  EXPECT_EQ(test::analyze_one("COMMIT PREPARED 'x'").transaction.kind, Kind::commit_prepared);
  EXPECT_EQ(test::analyze_one("ROLLBACK PREPARED 'x'").transaction.kind, Kind::rollback_prepared);
}

TEST(AnalyzerSession, PreparedStatements) {
  using Kind = PreparedAction::Kind;
  const auto action = [](std::string_view sql) { return test::analyze_one(sql).prepared; };
  EXPECT_EQ(action("PREPARE \"P\" AS SELECT 1").kind, Kind::prepare);
  EXPECT_EQ(action("PREPARE \"P\" AS SELECT 1").name, "P");
  EXPECT_EQ(action("EXECUTE p(1)").kind, Kind::execute);
  EXPECT_EQ(action("EXPLAIN ANALYZE EXECUTE p").kind, Kind::execute);
  EXPECT_EQ(action("EXPLAIN ANALYZE EXECUTE p").name, "p");
  EXPECT_EQ(action("CREATE TABLE t AS EXECUTE p").kind, Kind::execute);
  EXPECT_EQ(action("DEALLOCATE p").kind, Kind::deallocate);
  EXPECT_EQ(action("DEALLOCATE p").name, "p");
  EXPECT_EQ(action("DEALLOCATE PREPARE ALL").kind, Kind::deallocate_all);
  EXPECT_EQ(action("SELECT 1").kind, Kind::none);
}

TEST(AnalyzerSession, Cursors) {
  using Kind = CursorAction::Kind;
  const Statement declare = test::analyze_one("DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT 1");
  EXPECT_EQ(declare.cursor.kind, Kind::declare);
  EXPECT_EQ(declare.cursor.name, "c");
  EXPECT_TRUE(declare.cursor.with_hold);
  EXPECT_FALSE(declare.returns_rows);
  EXPECT_FALSE(test::analyze_one("DECLARE c CURSOR FOR SELECT 1").cursor.with_hold);
  const Statement fetch = test::analyze_one("FETCH FORWARD 5 FROM c");
  EXPECT_EQ(fetch.cursor.kind, Kind::fetch);
  EXPECT_EQ(fetch.sub_type, "FETCH");
  EXPECT_TRUE(fetch.returns_rows);
  EXPECT_EQ(test::analyze_one("MOVE ALL IN c").cursor.kind, Kind::move);
  EXPECT_FALSE(test::analyze_one("MOVE ALL IN c").returns_rows);
  EXPECT_EQ(test::analyze_one("CLOSE c").cursor.name, "c");
  EXPECT_EQ(test::analyze_one("CLOSE ALL").cursor.kind, Kind::close_all);
}

TEST(AnalyzerSession, Notifications) {
  using Kind = ListenAction::Kind;
  const Statement listen = test::analyze_one("LISTEN \"C\"");
  EXPECT_EQ(listen.type, StatementType::notify);
  EXPECT_EQ(listen.listen.kind, Kind::listen);
  EXPECT_EQ(listen.listen.channel, "C");
  EXPECT_THAT(test::object_texts(listen), ElementsAre("database: NOTIFY"));
  EXPECT_THAT(test::object_texts(test::analyze_one("NOTIFY c, 'x'")), ElementsAre("database: NOTIFY"));
  EXPECT_THAT(test::object_texts(test::analyze_one("UNLISTEN c")), ElementsAre("database: NOTIFY"));
  const Statement unlisten = test::analyze_one("UNLISTEN *");
  EXPECT_EQ(unlisten.listen.kind, Kind::unlisten_all);
  EXPECT_THAT(unlisten.objects, IsEmpty());
}

TEST(AnalyzerSession, OtherStatements) {
  const Statement call = test::analyze_one("CALL s.p(1, (SELECT 1 FROM t))");
  EXPECT_EQ(call.type, StatementType::execute);
  EXPECT_THAT(test::function_texts(call), ElementsAre("s.p/2"));
  EXPECT_THAT(test::object_texts(call), ElementsAre("t: SELECT"));
  const Statement block = test::analyze_one("DO LANGUAGE plpgsql 'BEGIN DELETE FROM t; END'");
  EXPECT_EQ(block.type, StatementType::do_block);
  EXPECT_THAT(test::object_texts(block), ElementsAre("database: DO"));
  const Statement load = test::analyze_one("LOAD 'x'");
  EXPECT_EQ(load.type, StatementType::server_file);
  EXPECT_TRUE(load.loads_library);
  EXPECT_THAT(test::object_texts(load), ElementsAre("database: SERVER_FILE"));
  EXPECT_EQ(test::analyze_one("DISCARD ALL").discard, DiscardAction::all);
  EXPECT_EQ(test::analyze_one("DISCARD TEMP").discard, DiscardAction::temp);
  EXPECT_EQ(test::analyze_one("COPY t FROM STDIN").copy, CopyDirection::from_stdin);
  EXPECT_EQ(test::analyze_one("COPY (SELECT 1) TO STDOUT").copy, CopyDirection::to_stdout);
  EXPECT_EQ(test::analyze_one("COPY t TO '/x'").copy, CopyDirection::none);
}

TEST(AnalyzerSession, ReturnsRows) {
  const std::string_view with[] = {"SELECT 1",
                                   "VALUES (1)",
                                   "TABLE t",
                                   "DELETE FROM t RETURNING 1",
                                   "SHOW a",
                                   "FETCH c",
                                   "EXPLAIN DELETE FROM t",
                                   "(SELECT 1) UNION SELECT 2"};
  const std::string_view without[] = {
      "SELECT 1 AS a INTO t",      "DELETE FROM t", "SET a = b", "BEGIN", "PREPARE p AS SELECT 1",
      "CREATE TABLE t AS SELECT 1"};
  for (const std::string_view sql : with) EXPECT_TRUE(test::analyze_one(sql).returns_rows) << sql;
  for (const std::string_view sql : without) EXPECT_FALSE(test::analyze_one(sql).returns_rows) << sql;
}

}  // namespace
}  // namespace sqlproxy::pipeline
