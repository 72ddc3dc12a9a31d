#include "tests/unit/frontend/statement_mapper_fixture.hpp"

namespace sqlproxy::frontend::testing {
namespace {

TEST_F(StatementMapperTest, AStatementIsPreparedAgainWhereItIsMissing) {
  EXPECT_EQ(client.prepare("s", "SELECT * FROM t"), "P sql-proxy_1=SELECT * FROM t | S");
  EXPECT_EQ(client.sends(bind_s), "B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(used), "2 C Z:I");
  client.session.switch_server();
  EXPECT_EQ(client.sends(bind_s), "P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(parsed() + used), "2 C Z:I");
  EXPECT_EQ(client.sends(bind_s), "B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(used), "2 C Z:I");
}

TEST_F(StatementMapperTest, DescribeAfterASwitchPreparesToo) {
  client.prepare("s", "SELECT * FROM t");
  client.session.switch_server();
  EXPECT_EQ(client.sends(describe(kStatement, "s") + sync()), "P sql-proxy_1=SELECT * FROM t | D sql-proxy_1 | S");
  EXPECT_EQ(client.gets(parsed() + message(wire::BackendType::ParameterDescription, std::string(2, '\0')) +
                        message(wire::BackendType::NoData) + ready('I')),
            "t n Z:I");
}

TEST_F(StatementMapperTest, ClientsThatPrepareTheSameShareIt) {
  client.prepare("s", "SELECT * FROM t");
  hand_over(client, other);
  EXPECT_EQ(other.prepare("x", "SELECT * FROM t"), "S") << "answered by the proxy";
  EXPECT_EQ(other.sends(bind_portal("", "x") + sync()), "B <-sql-proxy_1 | S");
  other.gets(bound() + ready('I'));
  EXPECT_EQ(other.prepare("y", "SELECT * FROM t LIMIT 1"), "P sql-proxy_2=SELECT * FROM t LIMIT 1 | S");
  EXPECT_EQ(store.size(), 2U);
}

TEST_F(StatementMapperTest, WhatTheAnalysisRestsOnIsPartOfTheIdentity) {
  const auto typed = [](std::uint32_t type) {
    const std::string types = wire::to_wire(std::span<const std::uint32_t>(&type, 1));
    return encoded(wire::Parse{
        .statement = "s" + std::to_string(type), .text = "SELECT $1 FROM t", .parameter_types = wire::OidList(types)});
  };
  EXPECT_EQ(client.sends(typed(23) + sync()), "P sql-proxy_1=SELECT $1 FROM t/23 | S");
  client.gets(parsed() + ready('I'));
  EXPECT_EQ(client.sends(typed(25) + sync()), "P sql-proxy_2=SELECT $1 FROM t/25 | S");
  client.gets(parsed() + ready('I'));
  client.session.core.settings_fingerprint = 7;
  EXPECT_EQ(client.prepare("x", "SELECT $1 FROM t"), "P sql-proxy_3=SELECT $1 FROM t | S");
  client.session.core.settings_fingerprint = 8;
  EXPECT_EQ(client.prepare("y", "SELECT $1 FROM t"), "P sql-proxy_4=SELECT $1 FROM t | S");
  // Prepared again under other settings, it is not what others share under those of before.
  EXPECT_EQ(client.sends(bind_portal("", "x") + sync()), "B <-sql-proxy_3 | S");
  client.gets(bound() + ready('I'));
  client.session.switch_server();
  EXPECT_EQ(client.sends(bind_portal("", "x") + sync()), "P sql-proxy_4=SELECT $1 FROM t | B <-sql-proxy_4 | S");
  client.gets(parsed() + bound() + ready('I'));
}

TEST_F(StatementMapperTest, WhileSettingsMayHaveChangedNothingIsShared) {
  client.prepare("s", "SELECT * FROM t");
  client.sends(query("BEGIN"));
  client.gets(complete("BEGIN") + ready('T'));
  client.sends(query("SET DateStyle = DMY"));
  client.gets(complete("SET") + ready('T'));
  EXPECT_EQ(client.sends(parse("same", "SELECT * FROM t") + sync()), "P sql-proxy_2=SELECT * FROM t | S");
  EXPECT_EQ(client.gets(parsed() + ready('T')), "1 Z:T");
  EXPECT_EQ(client.sends(bind_s), "B <-sql-proxy_1 | E  | S") << "analysed before";
  client.gets(bound() + complete("SELECT 0") + ready('T'));
  client.sends(query("COMMIT"));
  client.gets(complete("COMMIT") + ready('I'));
  client.session.core.settings_fingerprint = 5;
  client.session.switch_server();
  EXPECT_EQ(client.sends(bind_portal("", "same") + sync()), "P sql-proxy_3=SELECT * FROM t | B <-sql-proxy_3 | S");
  client.gets(parsed() + bound() + ready('I'));
  other.session.core.settings_fingerprint = 5;
  hand_over(client, other);
  EXPECT_EQ(other.prepare("x", "SELECT * FROM t"), "S");
}

TEST_F(StatementMapperTest, TheUnnamedStatementIsPreparedAgainWhenAnotherTookItsPlace) {
  EXPECT_EQ(client.prepare("", "SELECT * FROM t"), "P =SELECT * FROM t | S");
  const std::string bind = bind_portal("", "") + sync();
  EXPECT_EQ(client.sends(bind), "B <- | S");
  client.gets(bound() + ready('I'));
  client.session.switch_server();
  EXPECT_EQ(client.sends(bind), "P =SELECT * FROM t | B <- | S");
  EXPECT_EQ(client.gets(parsed() + bound() + ready('I')), "2 Z:I");
  hand_over(client, other);
  EXPECT_EQ(other.prepare("", "SELECT * FROM t"), "P =SELECT * FROM t | S");
  EXPECT_EQ(client.sends(describe(kStatement, "") + sync()), "P =SELECT * FROM t | D  | S");
  client.gets(parsed() + message(wire::BackendType::NoData) + ready('I'));
}

TEST_F(StatementMapperTest, AQueryEndsTheUnnamedStatementAlsoAheadOfItsAnswer) {
  client.prepare("", "SELECT * FROM t");
  client.session.switch_server();
  EXPECT_EQ(client.sends(query("SELECT 1") + bind_portal("", "") + sync()), "Q SELECT 1");
  EXPECT_EQ(client.session.outcome(), Outcome::wait_for_group);
  EXPECT_EQ(client.gets(complete("SELECT 1") + ready('I')), "C Z:I");
  EXPECT_EQ(client.sends(""), "");
  EXPECT_EQ(outline(client.session.local()), "E:26000 Z:I");
}

TEST_F(StatementMapperTest, ANameThatTheClientHasCannotBePreparedAgain) {
  client.prepare("s", "SELECT * FROM t");
  // The errors of its text come first.
  const std::string poison = script(client.session.early_poison_parse());
  EXPECT_EQ(client.sends(parse("s", "SELECT 1") + sync()), "P sql-proxy_trial=SELECT 1 | " + poison + " | S");
  EXPECT_EQ(client.gets(parsed() + error("26000", "x") + ready('I')), "E:42P05 Z:I");
  EXPECT_EQ(client.sends(parse("s", "SELECT 1") + sync()),
            "C sql-proxy_trial | P sql-proxy_trial=SELECT 1 | " + poison + " | S");
  EXPECT_EQ(client.gets(closed() + error("42703", "x") + ready('I')), "E:42703 Z:I");
  EXPECT_EQ(client.sends(parse("s", "SELEC") + sync()), "");
  EXPECT_EQ(outline(client.session.local()), "E:42601 Z:I");
  // Closed, it is free; what the server has stays for others.
  EXPECT_EQ(client.sends(close(kStatement, "s") + parse("s", "SELECT 1") + bind_s).substr(0, 2), "P ");
  EXPECT_EQ(client.gets(parsed() + used), "3 1 2 C Z:I");
  EXPECT_EQ(client.sends(close(kStatement, "s") + bind_portal("", "s") + sync()), poison + " | S");
  EXPECT_EQ(client.gets(error("26000", "x") + ready('I')), "3 E:26000 Z:I");
}

TEST_F(StatementMapperTest, AnswersOfTheProxyKeepTheirPlace) {
  client.prepare("a", "SELECT * FROM t");
  EXPECT_EQ(client.sends(bind_portal("", "a") + execute("") + parse("b", "SELECT * FROM t") + close(kStatement, "a") +
                         bind_portal("", "b") + sync()),
            "B <-sql-proxy_1 | E  | B <-sql-proxy_1 | S");
  EXPECT_EQ(client.gets(bound()), "2");
  EXPECT_EQ(client.gets(complete("SELECT 0")), "C 1 3");
  EXPECT_EQ(client.gets(bound() + ready('I')), "2 Z:I");
}

TEST_F(StatementMapperTest, AFailedParseLeavesNothing) {
  EXPECT_EQ(client.sends(parse("s", "SELECT * FROM t") + sync()), "P sql-proxy_1=SELECT * FROM t | S");
  EXPECT_EQ(client.gets(error("42703", "x") + ready('I')), "E:42703 Z:I");
  EXPECT_EQ(client.session.core.server->statements().size(), 0U);
  EXPECT_EQ(client.sends(bind_s), "");
  EXPECT_EQ(outline(client.session.local()), "E:26000 Z:I");
  EXPECT_EQ(client.sends(parse("s", "SELECT * FROM t") + sync()), "P sql-proxy_2=SELECT * FROM t | S");
  EXPECT_EQ(client.gets(parsed() + ready('I')), "1 Z:I");
}

TEST_F(StatementMapperTest, TheErrorOfAStatementPreparedAgainIsTheBinds) {
  client.prepare("s", "SELECT * FROM t");
  client.session.switch_server();
  client.sends(bind_s);
  EXPECT_EQ(client.gets(error("42P01", "x") + ready('I')), "E:42P01 Z:I");
  // The next one tries again.
  EXPECT_EQ(client.sends(bind_s), "P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(parsed() + used), "2 C Z:I");
}

TEST_F(StatementMapperTest, WhatIsSkippedChangesNothing) {
  client.prepare("s", "SELECT * FROM t");
  client.session.switch_server();
  client.sends(parse("", "SELECT 1 FROM t") + parse("n", "SELECT 2 FROM t") + bind_portal("", "s") +
               close(kStatement, "s") + sync());
  EXPECT_EQ(client.gets(error("42703", "x") + ready('I')), "E:42703 Z:I");
  EXPECT_EQ(client.session.core.server->statements().size(), 0U);
  EXPECT_EQ(client.sends(bind_s), "P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(parsed() + used), "2 C Z:I");
  EXPECT_EQ(client.sends(bind_portal("", "n") + sync()), "");
  EXPECT_EQ(outline(client.session.local()), "E:26000 Z:I");
}

TEST_F(StatementMapperTest, AnotherGroupWaitsForWhatItCouldMiss) {
  client.prepare("s", "SELECT * FROM t");
  client.session.switch_server();
  // The first group can fail before it comes to the Parse; the second is executed all the same.
  EXPECT_EQ(client.sends(parse("", "SELECT 1 FROM t") + bind_s + bind_s),
            "P =SELECT 1 FROM t | P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.session.outcome(), Outcome::wait_for_group);
  EXPECT_EQ(client.gets(error("42703", "x") + ready('I')), "E:42703 Z:I");
  EXPECT_EQ(client.sends(""), "P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(parsed() + used), "2 C Z:I");
}

TEST_F(StatementMapperTest, BindsAreRenamedInEveryChunking) {
  client.prepare("a-rather-long-name-that-is-longer-than-the-servers", "SELECT $1 FROM t");
  client.prepare("s", "SELECT $1 FROM t LIMIT 1");
  for (const std::string_view name : {"a-rather-long-name-that-is-longer-than-the-servers", "s"}) {
    wire::Bind made;
    made.portal = "p";
    made.statement = name;
    std::string values;
    wire::append_value(values, std::string(3000, 'v'));
    wire::ByteReader reader(values);
    made.parameters = wire::ValueList::read(reader, 1);
    const std::string frame = encoded(made);
    std::string whole;
    for (const std::size_t size : {frame.size(), std::size_t{1}, std::size_t{7}, std::size_t{20}, std::size_t{1000}}) {
      std::string sent;
      for (std::size_t at = 0; at < frame.size(); at += size) sent += client.session.client(frame.substr(at, size));
      sent += client.session.client(close(kPortal, "p") + sync());
      if (whole.empty()) whole = sent;
      EXPECT_EQ(sent, whole) << size;
      client.gets(bound() + closed() + ready('I'));
    }
    EXPECT_EQ(script(whole), name == "s" ? "B p<-sql-proxy_2 | C portal p | S" : "B p<-sql-proxy_1 | C portal p | S");
    EXPECT_NE(whole.find(values), std::string::npos);
  }
}

TEST_F(StatementMapperTest, InAFailedTransactionTheServerSpeaksForItself) {
  client.prepare("s", "SELECT * FROM t");
  client.sends(query("BEGIN"));
  client.gets(complete("BEGIN") + ready('T'));
  client.sends(query("SELECT * FROM t"));
  client.gets(error("22012", "x") + ready('E'));
  // Not answered here, although the server has it.
  EXPECT_EQ(client.sends(parse("x", "SELECT * FROM t") + sync()), "C sql-proxy_1 | P sql-proxy_1=SELECT * FROM t | S");
  EXPECT_EQ(client.gets(closed() + error("25P02", "x") + ready('E')), "E:25P02 Z:E");
  // An unknown name comes before the state of the transaction.
  client.sends(bind_portal("", "x") + sync());
  EXPECT_EQ(client.gets(error("26000", "x") + ready('E')), "E:26000 Z:E");
  client.sends(parse("s", "SELECT 1") + sync());
  EXPECT_EQ(client.gets(error("25P02", "x") + ready('E')), "E:25P02 Z:E");
  client.sends(query("ROLLBACK"));
  client.gets(complete("ROLLBACK") + ready('I'));
  EXPECT_EQ(client.sends(bind_s), "P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(parsed() + used), "2 C Z:I");
}

TEST_F(StatementMapperTest, AParseBehindAQueryThatMayFailIsTheServersToAnswer) {
  client.prepare("s", "SELECT * FROM t");
  client.sends(query("BEGIN"));
  client.gets(complete("BEGIN") + ready('T'));
  EXPECT_EQ(client.sends(query("SELECT 1 FROM t") + parse("x", "SELECT * FROM t") + sync()),
            "Q SELECT 1 FROM t | C sql-proxy_1 | P sql-proxy_1=SELECT * FROM t | S");
  EXPECT_EQ(client.gets(error("22012", "x") + ready('E') + closed() + error("25P02", "x") + ready('E')),
            "E:22012 Z:E E:25P02 Z:E");
}

TEST_F(StatementMapperTest, AfterDdlAStatementIsPreparedAnew) {
  client.prepare("s", "SELECT * FROM t");
  client.session.core.route->catalog->note_ddl();
  // Prepared before the change: the client may rely on what it was told then.
  EXPECT_EQ(client.sends(bind_s), "B <-sql-proxy_1 | E  | S");
  client.gets(used);
  EXPECT_EQ(client.sends(parse("new", "SELECT * FROM t") + sync()),
            "C sql-proxy_1 | P sql-proxy_1=SELECT * FROM t | S");
  EXPECT_EQ(client.gets(closed() + parsed() + ready('I')), "1 Z:I");
  EXPECT_EQ(client.prepare("new2", "SELECT * FROM t"), "S");
}

TEST_F(StatementMapperTest, ACopyOfBeforeTheClientsParseIsNotUsed) {
  Client early(store, client.session.core.route);
  early.prepare("s", "SELECT * FROM t");
  client.session.core.route->catalog->note_ddl();
  client.prepare("s", "SELECT * FROM t");
  hand_over(early, client);
  EXPECT_EQ(client.sends(bind_s), "C sql-proxy_1 | P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(closed() + parsed() + used), "2 C Z:I");
}

TEST_F(StatementMapperTest, AStatementThatTheServerCannotUseAnyMoreIsClosed) {
  client.prepare("s", "SELECT * FROM t");
  client.sends(bind_s);
  std::string fields;
  for (const char* field :
       {"SERROR", "VERROR", "C0A000", "Mcached plan must not change result type", "RRevalidateCachedQuery", ""}) {
    (fields += field).push_back('\0');
  }
  EXPECT_EQ(client.gets(message(wire::BackendType::ErrorResponse, fields) + ready('I')), "E:0A000 Z:I");
  EXPECT_EQ(client.sends(bind_s), "C sql-proxy_1 | P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | E  | S");
  EXPECT_EQ(client.gets(closed() + parsed() + used), "2 C Z:I");
}

TEST_F(StatementMapperTest, DeallocateAllCountsInTheOrderOfTheStream) {
  client.prepare("s", "SELECT * FROM t");
  other.prepare("keeps its identity", "SELECT * FROM t");
  for (const char* text : {"DEALLOCATE ALL", "DISCARD ALL"}) {
    EXPECT_EQ(client.sends(query(text) + parse("s", "SELECT * FROM t") + sync()), "Q " + std::string(text));
    EXPECT_EQ(client.session.outcome(), Outcome::wait_for_group);
    client.gets(complete(text) + ready('I'));
    EXPECT_EQ(client.sends(""), "P sql-proxy_1=SELECT * FROM t | S") << "gone from the server";
    EXPECT_EQ(client.gets(parsed() + ready('I')), "1 Z:I");
  }
  // In one batch nothing has to wait.
  EXPECT_EQ(client.sends(parse("", "DEALLOCATE ALL") + bind_portal("", "") + execute("") +
                         parse("s", "SELECT * FROM t") + bind_portal("", "s") + bind_portal("", "") + sync()),
            "P =DEALLOCATE ALL | B <- | E  | P sql-proxy_1=SELECT * FROM t | B <-sql-proxy_1 | B <- | S")
      << "the unnamed statement stays";
  EXPECT_EQ(client.gets(parsed() + bound() + complete("DEALLOCATE ALL") + parsed() + bound() + bound() + ready('I')),
            "1 2 C 1 2 2 Z:I");
}

TEST_F(StatementMapperTest, TheLeastUsedIsClosedWhenAConnectionHasEnough) {
  constexpr std::size_t kCapacity = backend::ServerStatements::kCapacity;
  for (std::size_t i = 0; i < kCapacity; ++i) {
    client.prepare("s" + std::to_string(i), "SELECT " + std::to_string(i) + " FROM t");
  }
  client.sends(bind_portal("", "s0") + sync());
  client.gets(bound() + ready('I'));
  EXPECT_EQ(client.sends(parse("new", "SELECT 'new' FROM t") + sync()),
            "C sql-proxy_2 | P sql-proxy_1001=SELECT 'new' FROM t | S");
  EXPECT_EQ(client.gets(closed() + parsed() + ready('I')), "1 Z:I");
  EXPECT_EQ(client.sends(bind_portal("", "s1") + sync()),
            "C sql-proxy_3 | P sql-proxy_2=SELECT 1 FROM t | B <-sql-proxy_2 | S");
  client.gets(closed() + parsed() + bound() + ready('I'));
  EXPECT_EQ(client.session.core.server->statements().size(), kCapacity);
}

}  // namespace
}  // namespace sqlproxy::frontend::testing
