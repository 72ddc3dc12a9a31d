#include "frontend/session_scope.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/analyzer.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::TransactionStatus;
using Path = std::vector<std::string>;

// Statements as the analyzer reads them, each message one payload.
class SessionScopeTest : public ::testing::Test {
 protected:
  SessionScopeTest() : scope(initial()) {}

  static std::shared_ptr<const pipeline::NameScope> initial() {
    pipeline::NameScope scope;
    scope.search_path = {"home"};
    return std::make_shared<const pipeline::NameScope>(std::move(scope));
  }

  // A message is sent: what its statements change is announced.
  std::uint32_t send(std::string_view sql) {
    const pipeline::Analysis analysis = pipeline::analyze(sql);
    EXPECT_FALSE(analysis.error) << sql;
    ++payload_;
    for (const pipeline::Statement& statement : analysis.statements) {
      if (SessionScope::concerns(statement)) scope.expect(payload_, group_, statement);
    }
    return payload_;
  }
  // Everything in it succeeds, and ReadyForQuery follows.
  void run(std::string_view sql, TransactionStatus status) {
    const std::uint32_t payload = send(sql);
    for (const pipeline::Statement& statement : pipeline::analyze(sql).statements) {
      if (SessionScope::concerns(statement)) scope.confirm(payload, false);
    }
    ready(status, false);
  }
  void ready(TransactionStatus status, bool failed) {
    scope.on_ready(status, failed, newest_load);
    ++group_;
  }
  // The predicted search_path; {"?"} when it is not known.
  [[nodiscard]] Path path() const {
    return scope.predicted().search_path_known ? scope.predicted().search_path : Path{"?"};
  }

  // "schema.name", without the schema where that is for the path to say.
  [[nodiscard]] std::vector<std::string> standing() const {
    std::vector<std::string> names;
    for (const pipeline::StandingRelation& made : scope.predicted().standing) {
      names.push_back((made.name.schema.empty() ? "" : made.name.schema + ".") + made.name.name);
    }
    return names;
  }
  [[nodiscard]] bool stands(const std::string& name) const {
    const auto names = standing();
    return std::ranges::find(names, "pg_temp." + name) != names.end();
  }

  SessionScope scope;
  std::uint64_t newest_load = 4;

 private:
  std::uint32_t payload_ = 0;
  std::uint32_t group_ = 1;
};

constexpr auto kIdle = TransactionStatus::idle;
constexpr auto kOpen = TransactionStatus::in_transaction;

TEST_F(SessionScopeTest, StartsWithWhatTheLoginSays) {
  EXPECT_EQ(path(), Path{"home"});
  EXPECT_EQ(scope.unconfirmed_group(), 0U);
}

TEST_F(SessionScopeTest, SetLastsAndResetTakesItBack) {
  run("SET search_path = a, \"B\"", kIdle);
  EXPECT_EQ(path(), (Path{"a", "B"}));
  run("RESET search_path", kIdle);
  EXPECT_EQ(path(), Path{"home"});
  run("SET search_path = a", kIdle);
  run("SET search_path TO DEFAULT", kIdle);
  EXPECT_EQ(path(), Path{"home"});
  run("SET search_path = a", kIdle);
  run("RESET ALL", kIdle);
  EXPECT_EQ(path(), Path{"home"});
  run("SET search_path = a", kIdle);
  run("DISCARD ALL", kIdle);
  EXPECT_EQ(path(), Path{"home"});
}

TEST_F(SessionScopeTest, OtherSettingsDoNotConcernIt) {
  const pipeline::Analysis analysis = pipeline::analyze("SET work_mem = '1MB'");
  EXPECT_FALSE(SessionScope::concerns(analysis.statements.at(0)));
  EXPECT_FALSE(SessionScope::concerns(pipeline::analyze("SELECT 1").statements.at(0)));
  EXPECT_TRUE(SessionScope::concerns(pipeline::analyze("SET search_path = a").statements.at(0)));
  EXPECT_TRUE(SessionScope::concerns(pipeline::analyze("SELECT set_config(f(), 'a', true)").statements.at(0)));
}

TEST_F(SessionScopeTest, PredictsBeforeTheServerConfirms) {
  const std::uint64_t version = scope.version();
  const std::uint32_t payload = send("SET search_path = a");
  EXPECT_EQ(path(), Path{"a"});
  EXPECT_EQ(scope.unconfirmed_group(), 1U);
  EXPECT_GT(scope.version(), version);
  scope.forget(payload);
  EXPECT_EQ(path(), Path{"home"});
  EXPECT_EQ(scope.unconfirmed_group(), 0U);
  EXPECT_GT(scope.version(), version + 1);
}

TEST_F(SessionScopeTest, TheVersionRestsWhileNothingChanges) {
  run("SET search_path = a", kIdle);
  const std::uint64_t version = scope.version();
  run("SET search_path = a", kIdle);
  run("BEGIN; COMMIT", kIdle);
  EXPECT_EQ(scope.version(), version);
}

TEST_F(SessionScopeTest, AFunctionsValueIsReadAsTheSettingReadsIt) {
  run("SELECT set_config('search_path', 'a, \"B\"', false)", kIdle);
  EXPECT_EQ(path(), (Path{"a", "B"}));
  run("SELECT set_config('search_path', 'a,,b', false)", kIdle);
  EXPECT_EQ(path(), Path{"?"});
  run("SET search_path = a", kIdle);
  EXPECT_EQ(path(), Path{"a"});
}

TEST_F(SessionScopeTest, WhatTheTextDoesNotTellIsUnknownUntilSetAgain) {
  for (const char* sql :
       {"SELECT set_config('search_path', current_user, false)", "SELECT set_config(lower('x'), 'a', false)",
        "SELECT set_config('search_path', 'a', false) WHERE random() < 0.5"}) {
    run(sql, kIdle);
    EXPECT_EQ(path(), Path{"?"}) << sql;
    run("SET search_path = a", kIdle);
    EXPECT_EQ(path(), Path{"a"}) << sql;
  }
}

TEST_F(SessionScopeTest, SetLocalEndsWithTheTransaction) {
  run("BEGIN", kOpen);
  run("SET LOCAL search_path = a", kOpen);
  EXPECT_EQ(path(), Path{"a"});
  run("COMMIT", kIdle);
  EXPECT_EQ(path(), Path{"home"});
  run("BEGIN; SET search_path = b; SET LOCAL search_path = c", kOpen);
  EXPECT_EQ(path(), Path{"c"});
  run("COMMIT", kIdle);
  EXPECT_EQ(path(), Path{"b"});
  run("SET LOCAL search_path = c", kIdle);
  EXPECT_EQ(path(), Path{"b"});
}

TEST_F(SessionScopeTest, RollbackTakesBackWhatTheTransactionSet) {
  run("BEGIN", kOpen);
  run("SET search_path = a", kOpen);
  EXPECT_EQ(path(), Path{"a"});
  run("ROLLBACK", kIdle);
  EXPECT_EQ(path(), Path{"home"});
}

TEST_F(SessionScopeTest, CommitOfAFailedTransactionIsARollback) {
  run("BEGIN", kOpen);
  run("SET search_path = a", kOpen);
  ready(TransactionStatus::failed, true);
  const std::uint32_t payload = send("COMMIT");
  scope.confirm(payload, true);
  ready(kIdle, false);
  EXPECT_EQ(path(), Path{"home"});
}

TEST_F(SessionScopeTest, AnErrorTakesBackAnImplicitTransaction) {
  const std::uint32_t payload = send("SET search_path = a; SELECT 1/0");
  scope.confirm(payload, false);
  EXPECT_EQ(path(), Path{"a"});
  scope.forget(payload);
  ready(kIdle, true);
  EXPECT_EQ(path(), Path{"home"});
}

TEST_F(SessionScopeTest, SavepointsKeepWhatWasSetBefore) {
  run("BEGIN", kOpen);
  run("SET search_path = a", kOpen);
  run("SAVEPOINT s", kOpen);
  run("SET search_path = b", kOpen);
  run("SAVEPOINT t", kOpen);
  run("SET LOCAL search_path = c", kOpen);
  run("ROLLBACK TO t", kOpen);
  EXPECT_EQ(path(), Path{"b"});
  run("RELEASE t", kOpen);
  EXPECT_EQ(path(), Path{"b"});
  run("ROLLBACK TO s", kOpen);
  EXPECT_EQ(path(), Path{"a"});
  run("SET search_path = d", kOpen);
  run("ROLLBACK TO s", kOpen);
  EXPECT_EQ(path(), Path{"a"});
  run("COMMIT", kIdle);
  EXPECT_EQ(path(), Path{"a"});
}

TEST_F(SessionScopeTest, TheInnerOfTwoSavepointsOfOneNameCounts) {
  run("BEGIN; SAVEPOINT s; SET search_path = a", kOpen);
  run("SAVEPOINT s; SET search_path = b", kOpen);
  run("ROLLBACK TO s", kOpen);
  EXPECT_EQ(path(), Path{"a"});
  run("RELEASE s", kOpen);
  run("ROLLBACK TO s", kOpen);
  EXPECT_EQ(path(), Path{"home"});
}

// The statements behind these, in one message with them, are judged before any of it is executed.
TEST_F(SessionScopeTest, PredictsTransactionsThatBeginAndEndUnderWay) {
  const auto behind = [this](std::string_view sql) {
    const std::uint32_t payload = send(sql);
    const Path predicted = path();
    scope.forget(payload);
    return predicted;
  };
  EXPECT_EQ(behind("BEGIN; SET search_path = a; ROLLBACK"), Path{"home"});
  EXPECT_EQ(behind("SET search_path = a; ROLLBACK"), Path{"home"});
  EXPECT_EQ(behind("BEGIN; SET LOCAL search_path = a; COMMIT"), Path{"home"});
  EXPECT_EQ(behind("BEGIN; SET search_path = a; COMMIT"), Path{"a"});
  EXPECT_EQ(behind("BEGIN; SET search_path = a; SAVEPOINT s; SET search_path = b; ROLLBACK TO s"), Path{"a"});
  EXPECT_EQ(behind("BEGIN; SAVEPOINT s; SET search_path = a; ROLLBACK TO s; RELEASE s"), Path{"home"});
  EXPECT_EQ(behind("BEGIN; SET search_path = a; COMMIT; SET search_path = b; ROLLBACK"), Path{"a"});
}

TEST_F(SessionScopeTest, PredictsTheEndOfATransactionThatIsOpen) {
  run("BEGIN", kOpen);
  run("SET search_path = a", kOpen);
  run("SAVEPOINT s", kOpen);
  run("SET search_path = b", kOpen);
  std::uint32_t payload = send("ROLLBACK");
  EXPECT_EQ(path(), Path{"home"});
  scope.forget(payload);
  payload = send("ROLLBACK TO s");
  EXPECT_EQ(path(), Path{"a"});
  scope.forget(payload);
  // Nobody can tell whether the block has failed meanwhile, and COMMIT is ROLLBACK.
  payload = send("COMMIT");
  EXPECT_EQ(path(), Path{"?"});
  scope.confirm(payload, false);
  ready(kIdle, false);
  EXPECT_EQ(path(), Path{"b"});
}

TEST_F(SessionScopeTest, RemembersTemporaryRelations) {
  const std::uint32_t payload = send("CREATE TEMP TABLE x (a int)");
  EXPECT_TRUE(scope.predicted().has_temporary("x"));
  scope.forget(payload);
  EXPECT_FALSE(scope.predicted().has_temporary("x"));
  run("CREATE TEMP TABLE x (a int)", kIdle);
  EXPECT_TRUE(scope.predicted().has_temporary("x"));
  run("DISCARD PLANS", kIdle);
  EXPECT_TRUE(scope.predicted().has_temporary("x"));
  run("DISCARD TEMP", kIdle);
  EXPECT_FALSE(scope.predicted().has_temporary("x"));
  run("SELECT 1 AS a INTO TEMP y", kIdle);
  EXPECT_TRUE(scope.predicted().has_temporary("y"));
}

// Until then an error can take it back, and what another group holds would be judged by a path that is none.
TEST_F(SessionScopeTest, AnotherGroupWaitsForTheEndOfAnImplicitTransaction) {
  for (const char* sql : {"SET search_path = a; SELECT f()", "SET LOCAL search_path = a; SELECT f()"}) {
    const std::uint32_t payload = send(sql);
    const std::uint32_t group = scope.unconfirmed_group();
    EXPECT_NE(group, 0U);
    scope.confirm(payload, false);
    EXPECT_EQ(scope.unconfirmed_group(), group) << sql;
    ready(kIdle, true);
    EXPECT_EQ(scope.unconfirmed_group(), 0U);
    EXPECT_EQ(path(), Path{"home"});
  }
}

TEST_F(SessionScopeTest, ConfirmsOnlyWhatWasAnnounced) {
  scope.confirm(99, false);
  scope.forget(99);
  EXPECT_EQ(path(), Path{"home"});
}

TEST_F(SessionScopeTest, WhatDdlTakesAwayIsNotCertainAnyMore) {
  const std::uint64_t before = scope.version();
  // Behind it in the same write, and whatever becomes of it.
  (void)send("BEGIN; ALTER TABLE a RENAME TO b; DROP TABLE home.c; DROP TYPE d");
  EXPECT_EQ(scope.predicted().changed_names, (Path{"a", "c", "d"}));
  EXPECT_GT(scope.version(), before);
  EXPECT_FALSE(scope.predicted().may_have_changed("e"));
  run("ROLLBACK; CREATE TABLE e (); SELECT * FROM f; CREATE VIEW g AS SELECT * FROM h", TransactionStatus::idle);
  for (const char* name : {"e", "f", "g", "h"}) EXPECT_FALSE(scope.predicted().may_have_changed(name)) << name;
  EXPECT_TRUE(scope.predicted().may_have_changed("a"));
}

// The end of the DROP is not the COMMIT's, which may still fail.
TEST_F(SessionScopeTest, EachStatementOfAMessageConfirmsItsOwnEffects) {
  run("BEGIN", kOpen);
  run("SET search_path = a", kOpen);
  const std::uint32_t payload = send("DROP TABLE b; COMMIT");
  scope.confirm(payload, false);
  scope.forget(payload);
  ready(kIdle, true);
  EXPECT_EQ(path(), Path{"home"});
}

TEST_F(SessionScopeTest, NobodyWaitsForLastingNames) {
  (void)send("DROP TABLE a");
  EXPECT_EQ(scope.unconfirmed_group(), 0U);
  run("CREATE TEMP TABLE b ()", kIdle);
  (void)send("DROP TABLE b");
  EXPECT_NE(scope.unconfirmed_group(), 0U);
}

TEST_F(SessionScopeTest, TemporaryRelationsStandUntilTheyAreTakenAway) {
  using Names = std::vector<std::string>;
  const auto after = [this](std::string_view sql) {
    scope = SessionScope(initial());
    run(sql, kIdle);
    return standing();
  };
  EXPECT_EQ(after("CREATE TEMP TABLE x (a int); CREATE TEMP TABLE IF NOT EXISTS x (a int)"), Names{"pg_temp.x"});
  EXPECT_EQ(after("SELECT 1 AS a INTO TEMP x; CREATE TEMP VIEW y AS SELECT 1"), (Names{"pg_temp.x", "pg_temp.y"}));
  EXPECT_EQ(after("CREATE TEMP TABLE x (); DROP TABLE x"), Names{});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); DROP TABLE pg_temp.x"), Names{});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); DROP TABLE public.x"), Names{"pg_temp.x"});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); DROP TABLE x; CREATE TEMP TABLE x ()"), Names{"pg_temp.x"});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); ALTER TABLE x RENAME TO y"), Names{});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); ALTER TABLE x ADD COLUMN b int; CREATE INDEX ON x (b)"), Names{"pg_temp.x"});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); ALTER TABLE x RENAME a TO b"), Names{"pg_temp.x"});
  EXPECT_EQ(after("CREATE TEMP TABLE x () ON COMMIT DROP"), Names{});
  EXPECT_EQ(after("BEGIN; CREATE TEMP TABLE x () ON COMMIT DROP; COMMIT"), Names{});
  EXPECT_EQ(after("CREATE TEMP TABLE x () ON COMMIT DELETE ROWS"), Names{"pg_temp.x"});
  EXPECT_EQ(after("BEGIN; CREATE TEMP TABLE x (); ROLLBACK"), Names{});
  // BEGIN takes what stands before it in the message into its transaction.
  EXPECT_EQ(after("CREATE TEMP TABLE x (); BEGIN; DROP TABLE x; ROLLBACK"), Names{});
  EXPECT_EQ(after("BEGIN; CREATE TEMP TABLE x (); SAVEPOINT s; DROP TABLE x; ROLLBACK TO s; COMMIT"),
            Names{"pg_temp.x"});
  EXPECT_EQ(after("EXPLAIN CREATE TEMP TABLE x AS SELECT 1"), Names{});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); DISCARD TEMP"), Names{});
  EXPECT_EQ(after("CREATE TEMP TABLE x (); DROP OWNED BY r"), Names{});
  run("CREATE TEMP TABLE x ()", kIdle);
  run("BEGIN; DROP TABLE x", kOpen);
  EXPECT_FALSE(stands("x"));
  run("ROLLBACK", kIdle);
  EXPECT_TRUE(stands("x"));
}

TEST_F(SessionScopeTest, OnlyWhatDependsOnAnotherRelationGoesWithIt) {
  using Names = std::vector<std::string>;
  for (const char* sql : {"DROP TABLE base CASCADE", "DROP VIEW base CASCADE"}) {
    scope = SessionScope(initial());
    run("CREATE TEMP TABLE x (a int); CREATE TEMP TABLE y AS SELECT 1", kIdle);
    run("CREATE TEMP VIEW v AS SELECT 1; CREATE TEMP TABLE z () INHERITS (base)", kIdle);
    run(sql, kIdle);
    EXPECT_EQ(standing(), (Names{"pg_temp.x", "pg_temp.y"})) << sql;
  }
  run("DROP TYPE t CASCADE", kIdle);
  EXPECT_EQ(standing(), Names{});
}

TEST_F(SessionScopeTest, LastingRelationsStandToo) {
  using Names = std::vector<std::string>;
  run("CREATE TABLE a (); CREATE VIEW s.b AS SELECT 1; CREATE SEQUENCE c; SELECT 1 AS x INTO d", kIdle);
  EXPECT_EQ(standing(), (Names{"a", "s.b", "c", "d"}));
  EXPECT_EQ(scope.predicted().standing.front().path, Path{"home"});
  run("DROP TABLE home.a; DROP VIEW t.b", kIdle);
  EXPECT_EQ(standing(), (Names{"s.b", "c", "d"}));
  run("BEGIN; CREATE TABLE e (); DROP TABLE d", kOpen);
  EXPECT_EQ(standing(), (Names{"s.b", "c", "e"}));
  run("ROLLBACK", kIdle);
  EXPECT_EQ(standing(), (Names{"s.b", "c", "d"}));
  run("CREATE TABLE IF NOT EXISTS d (); ALTER TABLE d RENAME TO f", kIdle);
  EXPECT_EQ(standing(), (Names{"s.b", "c"}));
  // Nobody knows where these go.
  run("SELECT set_config('search_path', x, false); CREATE TABLE g ()", kIdle);
  EXPECT_EQ(standing(), (Names{"s.b", "c"}));
  for (int i = 0; i < 300; ++i) run("CREATE TABLE s.t" + std::to_string(i) + " ()", kIdle);
  EXPECT_EQ(standing().size(), pipeline::RelationChange::kMaxStanding);
  EXPECT_EQ(standing().back(), "s.t299");
}

// Once the catalog has been read again, it tells what others have dropped.
TEST_F(SessionScopeTest, ACommittedRelationStandsUntilTheCatalogTells) {
  const auto known_from = [this] { return scope.predicted().standing.front().known_from; };
  run("BEGIN; CREATE TABLE a ()", kOpen);
  EXPECT_EQ(known_from(), 0U);
  run("COMMIT", kIdle);
  EXPECT_EQ(known_from(), 5U);
  run("BEGIN; CREATE TABLE b ()", kOpen);
  // The session is in the next transaction, with a savepoint or without.
  run("COMMIT AND CHAIN; SAVEPOINT s", kOpen);
  EXPECT_EQ(scope.predicted().standing.back().known_from, 5U);
  newest_load = 9;
  run("ROLLBACK TO s", kOpen);
  run("COMMIT", kIdle);
  EXPECT_EQ(scope.predicted().standing.back().known_from, 5U);
  run("SELECT 1", kIdle);
  run("BEGIN; ROLLBACK", kIdle);
  EXPECT_EQ(known_from(), 5U);
  run("DROP TABLE a, b; CREATE TABLE a ()", kIdle);
  EXPECT_EQ(known_from(), 10U);
  run("DROP TABLE a; CREATE TEMP TABLE a ()", kIdle);
  EXPECT_EQ(known_from(), 0U);
}

TEST_F(SessionScopeTest, WhatExecuteTakesAwayIsGoneAtOnce) {
  run("CREATE TEMP TABLE x (); CREATE TEMP TABLE y ()", kIdle);
  const pipeline::Analysis prepared = pipeline::analyze("DROP TABLE x");
  scope.note_executed(prepared.statements.front());
  EXPECT_EQ(standing(), std::vector<std::string>{"pg_temp.y"});
  EXPECT_TRUE(scope.predicted().may_have_changed("x"));
  run("BEGIN; ROLLBACK", kIdle);
  EXPECT_FALSE(stands("x"));
}

// Whether the transaction of the CREATE has failed is not known yet.
TEST_F(SessionScopeTest, ACommitThatMayBeARollbackLeavesNothingStanding) {
  run("BEGIN", kOpen);
  run("CREATE TEMP TABLE x ()", kOpen);
  const std::uint32_t payload = send("COMMIT");
  EXPECT_FALSE(stands("x"));
  scope.confirm(payload, false);
  EXPECT_TRUE(stands("x"));
}

TEST_F(SessionScopeTest, DdlThatReachesWhatItDoesNotName) {
  for (const char* sql : {"DROP TABLE a CASCADE", "DROP SCHEMA s", "ALTER SCHEMA s RENAME TO t", "DROP OWNED BY r",
                          "DROP EXTENSION x", "ALTER EXTENSION x SET SCHEMA s"}) {
    scope = SessionScope(initial());
    EXPECT_FALSE(scope.predicted().any_name_changed);
    (void)send(sql);
    EXPECT_TRUE(scope.predicted().any_name_changed) << sql;
  }
}

TEST_F(SessionScopeTest, WhatDdlMakesIsThereAtOnce) {
  using Made = pipeline::QualifiedName;
  (void)send("CREATE TABLE a (); ALTER TABLE s.b RENAME TO c; ALTER VIEW d SET SCHEMA s; SELECT 1 AS x INTO e");
  (void)send("CREATE TEMP TABLE f (); CREATE TABLE pg_temp.g (); CREATE TYPE h AS (i int); CREATE TABLE a ()");
  const std::vector<Made> made{{"", "", "a"}, {"", "s", "c"}, {"", "s", "d"}, {"", "", "e"}};
  EXPECT_EQ(scope.predicted().made_names, made);
  EXPECT_EQ(scope.unconfirmed_group(), 1U);
  for (int i = 0; i < 300; ++i) (void)send("CREATE TABLE t" + std::to_string(i) + " ()");
  EXPECT_EQ(scope.predicted().made_names.size(), 256U);
  EXPECT_EQ(scope.predicted().made_names.back().name, "t299");
}

TEST_F(SessionScopeTest, ManyChangedNamesAreAllNames) {
  for (int i = 0; i < 300; ++i) (void)send("DROP TABLE t" + std::to_string(i));
  EXPECT_TRUE(scope.predicted().any_name_changed);
  EXPECT_LE(scope.predicted().changed_names.size(), 257U);
}

}  // namespace
}  // namespace sqlproxy::frontend
