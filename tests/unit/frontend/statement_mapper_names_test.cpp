// Names of prepared statements in SQL: EXECUTE, DEALLOCATE, PREPARE, pg_prepared_statements.

#include "tests/unit/frontend/statement_mapper_fixture.hpp"

namespace sqlproxy::frontend::testing {
namespace {

TEST_F(StatementMapperTest, ExecuteBySqlFindsWhatParseHasPrepared) {
  client.prepare("s", "SELECT * FROM t");
  EXPECT_EQ(client.sends(query("EXECUTE s")), "P s=SELECT * FROM t | S | Q EXECUTE s");
  EXPECT_EQ(client.gets(parsed() + ready('I') + complete("SELECT 0") + ready('I')), "C Z:I");
  EXPECT_EQ(client.run("EXPLAIN EXECUTE s", "EXPLAIN"), "Q EXPLAIN EXECUTE s");
  client.session.switch_server();
  EXPECT_EQ(client.sends(parse("", "EXECUTE s") + bind_portal("", "") + execute("") + sync()),
            "P s=SELECT * FROM t | P =EXECUTE s | B <- | E  | S");
  EXPECT_EQ(client.gets(parsed() + parsed() + bound() + complete("SELECT 0") + ready('I')), "1 2 C Z:I");
}

TEST_F(StatementMapperTest, BindFindsWhatPrepareHasMade) {
  const std::string text = "PREPARE s AS SELECT * FROM t";
  EXPECT_EQ(client.run(text, "PREPARE"), "Q " + text);
  EXPECT_EQ(client.sends(bind_s), "B <-s | E  | S");
  client.gets(used);
  client.session.switch_server();
  const std::string again = "P sql-proxy_prepare=" + text +
                            " | B sql-proxy_prepare<-sql-proxy_prepare | E sql-proxy_prepare | "
                            "C portal sql-proxy_prepare | C sql-proxy_prepare";
  const std::string answers = parsed() + bound() + complete("PREPARE") + closed() + closed();
  EXPECT_EQ(client.sends(bind_s), again + " | B <-s | E  | S");
  EXPECT_EQ(client.gets(answers + used), "2 C Z:I");
  client.session.switch_server();
  EXPECT_EQ(client.sends(query("EXECUTE s")), again + " | S | Q EXECUTE s");
  EXPECT_EQ(client.gets(answers + ready('I') + complete("SELECT 0") + ready('I')), "C Z:I");
  EXPECT_EQ(client.sends(describe(kStatement, "s") + close(kStatement, "s") + sync()), "D s | C s | S");
  client.gets(message(wire::BackendType::NoData) + closed() + ready('I'));
  EXPECT_EQ(client.sends(bind_s), "");
  EXPECT_EQ(outline(client.session.local()), "E:26000 Z:I");
}

TEST_F(StatementMapperTest, APrepareThatCannotBeRepeatedLeavesTheErrorToTheExecute) {
  client.run("PREPARE s AS SELECT * FROM t", "PREPARE");
  client.session.switch_server();
  client.sends(query("EXECUTE s"));
  EXPECT_EQ(client.gets(parsed() + bound() + error("42P01", "x") + ready('I') +
                        error("26000", "prepared statement \"s\" does not exist") + ready('I')),
            "E:42P01 Z:I");
  // A later one is not explained by it.
  client.sends(close(kStatement, "s") + sync());
  client.gets(ready('I'));
  client.sends(query("EXECUTE s"));
  EXPECT_EQ(client.gets(closed() + ready('I') + error("26000", "prepared statement \"s\" does not exist") + ready('I')),
            "E:26000 Z:I");
  client.run("PREPARE s AS SELECT * FROM t", "PREPARE");
  client.session.switch_server();
  client.sends(bind_s);
  client.gets(parsed() + bound() + error("42P01", "x") + ready('I'));
  // In a batch of the client's it is the error of its message.
  client.sends(bind_s);
  EXPECT_EQ(client.gets(closed() + parsed() + bound() + error("42P01", "x") + ready('I')), "E:42P01 Z:I");
}

TEST_F(StatementMapperTest, NamesOfOthersAreClosed) {
  client.run("PREPARE s AS SELECT * FROM t", "PREPARE");
  hand_over(client, other);
  EXPECT_EQ(other.sends(query("SELECT 1")), "C s | S | Q SELECT 1");
  EXPECT_EQ(other.gets(closed() + ready('I') + complete("SELECT 1") + ready('I')), "C Z:I");
  EXPECT_EQ(other.run("PREPARE s AS SELECT 1", "PREPARE"), "Q PREPARE s AS SELECT 1");
  (void)client.session.switch_server(other.session.core.server);
  EXPECT_TRUE(client.sends(bind_s).starts_with("C s | P sql-proxy_prepare=PREPARE s AS SELECT * FROM t | B"));
  client.gets(closed() + parsed() + bound() + complete("PREPARE") + closed() + closed() + used);
}

TEST_F(StatementMapperTest, NamesOfOthersAreClosedAgainWhenTheCloseWasSkipped) {
  client.run("PREPARE s AS SELECT * FROM t", "PREPARE");
  hand_over(client, other);
  EXPECT_EQ(other.sends(parse("", "SELECT 1 FROM t") + sync()), "C s | P =SELECT 1 FROM t | S");
  EXPECT_EQ(other.gets(closed() + error("42703", "x") + ready('I')), "E:42703 Z:I");
  EXPECT_EQ(other.run("SELECT 1", "SELECT 1"), "Q SELECT 1");
}

TEST_F(StatementMapperTest, DeallocateOfWhatParseHasPrepared) {
  client.prepare("s", "SELECT * FROM t");
  EXPECT_EQ(client.sends(query("DEALLOCATE s")), "P s= | S | Q DEALLOCATE s");
  EXPECT_EQ(client.gets(parsed() + ready('I') + complete("DEALLOCATE") + ready('I')), "C Z:I");
  EXPECT_EQ(client.sends(bind_s), "");
  EXPECT_EQ(outline(client.session.local()), "E:26000 Z:I");
  EXPECT_EQ(client.run("DEALLOCATE nobody", "DEALLOCATE"), "Q DEALLOCATE nobody") << "the server's to refuse";
}

TEST_F(StatementMapperTest, PrepareMeetsTheNamesThatTheClientHas) {
  client.prepare("s", "SELECT * FROM t");
  EXPECT_EQ(client.sends(query("PREPARE s AS SELECT 1")), "P s= | S | Q PREPARE s AS SELECT 1");
  EXPECT_EQ(client.gets(parsed() + ready('I') + error("42P05", "x") + ready('I')), "E:42P05 Z:I");
  EXPECT_EQ(client.sends(bind_s), "B <-sql-proxy_1 | E  | S");
  client.gets(used);
}

TEST_F(StatementMapperTest, NamesWithinOneQuery) {
  const std::string text = "PREPARE a AS SELECT * FROM t; EXECUTE a; DEALLOCATE a";
  EXPECT_EQ(client.sends(query(text)), "Q " + text);
  EXPECT_EQ(client.gets(complete("PREPARE") + complete("SELECT 0") + complete("DEALLOCATE") + ready('I')), "C C C Z:I");
  EXPECT_EQ(client.session.core.server->statements().size(), 0U);
  // Only the first of them succeeds.
  client.sends(query("PREPARE b AS SELECT * FROM t; DEALLOCATE b"));
  client.gets(complete("PREPARE") + error("57014", "x") + ready('I'));
  EXPECT_EQ(client.run("EXECUTE b", "SELECT 0"), "Q EXECUTE b");
}

TEST_F(StatementMapperTest, ExecuteOfAnUnknownNameFailsWhenItIsItsTurn) {
  EXPECT_EQ(client.sends(query("EXECUTE nobody")), "C nobody | S | Q EXECUTE nobody");
  EXPECT_EQ(client.gets(closed() + ready('I') + error("26000", "x") + ready('I')), "E:26000 Z:I");
  EXPECT_EQ(client.sends(query("BEGIN; EXECUTE nobody")), "C nobody | S | Q BEGIN; EXECUTE nobody");
  client.gets(closed() + ready('I') + complete("BEGIN") + error("26000", "x") + ready('E'));
  client.run("ROLLBACK", "ROLLBACK");
  // A function before it could prepare it, and what it does was never judged.
  EXPECT_EQ(client.sends(query("SELECT open.f(); EXECUTE nobody")), "");
  EXPECT_EQ(outline(client.session.local()), "E:26000 Z:I");
  EXPECT_EQ(client.sends(parse("", "EXECUTE nobody") + bind_portal("", "") + execute("") + sync()),
            "P =EXECUTE nobody | B <- | C nobody | E  | S");
  EXPECT_EQ(client.gets(parsed() + bound() + closed() + error("26000", "x") + ready('I')), "1 2 E:26000 Z:I");
}

TEST_F(StatementMapperTest, ExecuteOfWhatChangesNamesOrTransactionsIsRefused) {
  for (const char* text : {"DEALLOCATE ALL", "PREPARE x AS SELECT 1", "COMMIT", "DISCARD ALL"}) {
    client.prepare("s", text);
    EXPECT_EQ(client.sends(query("EXECUTE s")), "");
    EXPECT_EQ(outline(client.session.local()), "E:42501 Z:I") << text;
    client.sends(close(kStatement, "s") + sync());
    client.gets(ready('I'));
  }
}

TEST_F(StatementMapperTest, ASharedStatementIsNobodysToExecute) {
  client.prepare("s", "SELECT * FROM t");
  hand_over(client, other);
  EXPECT_EQ(other.sends(query("EXECUTE \"sql-proxy_1\"")), "C sql-proxy_1 | S | Q EXECUTE \"sql-proxy_1\"");
  other.gets(closed() + ready('I') + error("26000", "x") + ready('I'));
  other.prepare("x", "SELECT * FROM t");
  EXPECT_EQ(other.sends(close(kStatement, "sql-proxy_1") + sync()), "S");
  EXPECT_EQ(other.gets(ready('I')), "3 Z:I");
  EXPECT_EQ(other.prepare("sql-proxy_1", "SELECT 2 FROM t"), "P sql-proxy_2=SELECT 2 FROM t | S");
}

// In the order in which it has made them.
TEST_F(StatementMapperTest, TheViewOfPreparedStatementsShowsTheClientsOwn) {
  client.prepare("s", "SELECT * FROM t");
  client.prepare("r", "SELECT 2 FROM t");
  hand_over(client, other);
  other.prepare("x", "SELECT 3 FROM t");
  (void)client.session.switch_server(other.session.core.server);
  const std::string view = "SELECT name FROM pg_prepared_statements";
  OfflineSession::Options all;
  client.session.set_rules([] {
    pipeline::PolicyRule rule;
    rule.id = "all";
    rule.users = {"*"};
    rule.statements = pipeline::statement_types_named("ALL");
    rule.action = pipeline::PolicyAction::allow;
    return std::vector{rule};
  }());
  EXPECT_EQ(
      client.sends(query(view)),
      "C sql-proxy_1 | C sql-proxy_2 | C sql-proxy_3 | S | P s=SELECT * FROM t | S | P r=SELECT 2 FROM t | S | Q " +
          view);
  client.gets(closed() + closed() + closed() + ready('I') + parsed() + ready('I') + parsed() + ready('I') +
              complete("SELECT 2") + ready('I'));
  EXPECT_EQ(client.sends(query(view)), "Q " + view);
  client.gets(complete("SELECT 2") + ready('I'));
  // What is there by its own name is used by it.
  EXPECT_EQ(client.sends(bind_s), "B <-s | E  | S");
  client.gets(used);
}

TEST_F(StatementMapperTest, AQueryBehindABatchWithoutSyncDoesNotEndIt) {
  client.prepare("s", "SELECT * FROM t");
  EXPECT_EQ(client.sends(parse("", "SELECT 1 FROM t") + query("EXECUTE s")),
            "P =SELECT 1 FROM t | P s=SELECT * FROM t | H");
  EXPECT_EQ(client.session.outcome(), Outcome::wait_for_group);
  EXPECT_EQ(client.gets(parsed() + parsed()), "1");
  EXPECT_EQ(client.sends(""), "Q EXECUTE s");
  EXPECT_EQ(client.gets(complete("SELECT 0") + ready('I')), "C Z:I");
}

TEST_F(StatementMapperTest, WhatAQueryBehindABatchLacksFailsInItsPlace) {
  client.prepare("s", "SELECT * FROM t");
  client.sends(parse("", "SELECT 1 FROM t") + query("EXECUTE s"));
  EXPECT_EQ(client.gets(parsed() + error("42P01", "gone")), "1 E:42P01");
  EXPECT_EQ(client.sends(query("SELECT 1")), "S | Q SELECT 1")
      << "the server skips to a Sync that the client never sent";
  EXPECT_EQ(client.gets(ready('I') + complete("SELECT 1") + ready('I')), "Z:I C Z:I");
  // An error of the client's own has the Query skipped as well, until the client says Sync.
  client.sends(parse("", "SELECT 1 FROM t") + query("EXECUTE s"));
  EXPECT_EQ(client.gets(error("42703", "x")), "E:42703");
  EXPECT_EQ(client.sends(sync()), "S");
  EXPECT_EQ(client.gets(ready('I')), "Z:I");
}

// ---- Failed transactions ----

TEST_F(StatementMapperTest, InAFailedTransactionNamesAreClosedAndTakenAllTheSame) {
  client.prepare("s", "SELECT * FROM t");
  client.session.switch_server();
  client.sends(query("BEGIN"));
  client.gets(complete("BEGIN") + ready('T'));
  client.sends(query("SELECT * FROM t"));
  client.gets(error("22012", "x") + ready('E'));
  EXPECT_EQ(client.sends(query("ROLLBACK; DEALLOCATE s; EXECUTE nobody")),
            "C nobody | P s= | S | Q ROLLBACK; DEALLOCATE s; EXECUTE nobody");
  EXPECT_EQ(client.gets(closed() + parsed() + ready('E') + complete("ROLLBACK") + complete("DEALLOCATE") +
                        error("26000", "x") + ready('I')),
            "C C E:26000 Z:I");
}

TEST_F(StatementMapperTest, AStatementThatIsRunBehindTheEndOfAFailedTransactionWaitsForIt) {
  client.prepare("s", "SELECT * FROM t");
  client.session.switch_server();
  client.sends(query("BEGIN"));
  client.gets(complete("BEGIN") + ready('T'));
  client.sends(query("SELECT * FROM t"));
  client.gets(error("22012", "x") + ready('E'));
  const std::string text = "ROLLBACK; SELECT 1; EXECUTE s";
  EXPECT_EQ(client.sends(query(text) + query("SELECT 2")), "Q ROLLBACK;");
  EXPECT_EQ(client.session.outcome(), Outcome::wait_for_group);
  EXPECT_EQ(client.gets(complete("ROLLBACK") + ready('I')), "C");
  EXPECT_EQ(client.sends(""), "P s=SELECT * FROM t | S | Q           SELECT 1; EXECUTE s | Q SELECT 2");
  EXPECT_EQ(client.gets(parsed() + ready('I') + complete("SELECT 1") + complete("SELECT 0") + ready('I') +
                        complete("SELECT 1") + ready('I')),
            "C C Z:I C Z:I");
  // Where the first part fails nothing else is done.
  client.sends(query("BEGIN"));
  client.gets(complete("BEGIN") + ready('T'));
  client.session.switch_server();
  client.sends(query("SELECT * FROM t"));
  client.gets(error("22012", "x") + ready('E'));
  EXPECT_EQ(client.sends(query("ROLLBACK TO nothing; EXECUTE s")), "Q ROLLBACK TO nothing;");
  EXPECT_EQ(client.gets(error("3B001", "x") + ready('E')), "E:3B001 Z:E");
  EXPECT_EQ(client.sends(query("ROLLBACK")), "Q ROLLBACK");
  EXPECT_EQ(client.gets(complete("ROLLBACK") + ready('I')), "C Z:I");
}

TEST_F(StatementMapperTest, WhatCannotBePutThereDoesNotAbortTheTransaction) {
  client.prepare("s", "SELECT * FROM t");
  client.session.switch_server();
  client.sends(query("BEGIN"));
  client.gets(complete("BEGIN") + ready('T'));
  EXPECT_EQ(client.sends(query("SELECT 1; EXECUTE s")),
            "Q SAVEPOINT \"sql-proxy\" | P s=SELECT * FROM t | S | "
            "Q ROLLBACK TO SAVEPOINT \"sql-proxy\"; RELEASE SAVEPOINT \"sql-proxy\" | Q SELECT 1; EXECUTE s");
  EXPECT_EQ(client.gets(complete("SAVEPOINT") + ready('T') + error("42P01", "gone") + ready('E') +
                        complete("ROLLBACK") + complete("RELEASE") + ready('T')),
            "");
  // Its error is that of the EXECUTE.
  EXPECT_EQ(client.gets(complete("SELECT 1") + error("26000", "prepared statement \"s\" does not exist") + ready('E')),
            "C E:42P01 Z:E");
}

TEST_F(StatementMapperTest, SessionModeLeavesNamesAlone) {
  OfflineSession plain;
  EXPECT_EQ(script(plain.client(parse("s", "SELECT * FROM t") + bind_s)), "P s=SELECT * FROM t | B <-s | E  | S");
  plain.server(parsed() + used);
  EXPECT_EQ(plain.core.server->statements().size(), 0U);
}

}  // namespace
}  // namespace sqlproxy::frontend::testing
