#include "frontend/request_handler.hpp"

#include <gtest/gtest.h>

#include "pipeline/analyzer.hpp"
#include "tests/support/frontend/messages.hpp"
#include "tests/support/frontend/offline_session.hpp"
#include "wire/messages/error_response.hpp"

namespace sqlproxy::frontend::testing {
namespace {

using wire::DescribeTarget;
using Outcome = RequestHandler::Outcome;

constexpr auto kStatement = DescribeTarget::statement;
constexpr auto kPortal = DescribeTarget::portal;

// What the client is told in the first ErrorResponse of `bytes`.
std::string error_text(std::string_view bytes) {
  while (bytes.size() >= wire::FrameHeader::kSize) {
    const auto header = wire::decode_frame_header(bytes);
    if (header->type == 'E') {
      const auto error = wire::ErrorResponse::decode(bytes.substr(wire::FrameHeader::kSize, header->body_size));
      return error ? std::string(error->message()) : "malformed";
    }
    bytes.remove_prefix(static_cast<std::size_t>(header->frame_size()));
  }
  return {};
}

class RequestHandlerTest : public ::testing::Test {
 protected:
  // The client sends a message, and it goes to the server as it is.
  void expect_forwarded(const std::string& messages) {
    EXPECT_EQ(session.client(messages), messages);
    EXPECT_EQ(session.outcome(), Outcome::more_input);
  }
  // The client sends `messages`, of which the server gets nothing, and is answered as outlined.
  void expect_answered(const std::string& messages, std::string_view answers) {
    EXPECT_EQ(session.client(messages), "");
    EXPECT_EQ(outline(session.local()), answers);
  }
  // A server that has prepared `text` as `name`.
  void prepare(std::string_view name, std::string_view text) {
    expect_forwarded(parse(name, text) + sync());
    session.server(parsed() + ready(static_cast<char>(session.core.tracker.status())));
  }
  void begin() {
    expect_forwarded(query("BEGIN"));
    session.server(complete("BEGIN") + ready('T'));
  }

  OfflineSession session;
};

TEST_F(RequestHandlerTest, WhatIsAllowedIsForwardedAsItCame) {
  expect_forwarded(query("select * from t /* and a comment */;"));
  EXPECT_EQ(session.server(complete("SELECT 0") + ready('I')), complete("SELECT 0") + ready('I'));
  expect_forwarded(query("INSERT INTO open.t VALUES (1); SELECT * FROM open.t"));
  EXPECT_TRUE(session.core.tracker.head().payload != 0);
}

TEST_F(RequestHandlerTest, EmptyQueriesAndTransactionControlNeedNoRule) {
  session.set_rules({});
  for (const char* text : {"", ";", "-- nothing", "BEGIN", "SAVEPOINT s", "COMMIT"}) {
    expect_forwarded(query(text));
    session.server(ready('I'));
  }
}

TEST_F(RequestHandlerTest, ADenialInAnIdleSessionNeedsNoServer) {
  expect_answered(query("SELECT * FROM secret.t"), "E:42501 Z:I");
  EXPECT_TRUE(session.core.tracker.idle());
  expect_answered(query("SELECT 1; SELECT * FROM secret.t"), "E:42501 Z:I");
  expect_answered(query("SELEC 1"), "E:42601 Z:I");
  expect_answered(query("SELECT * FROM secret.nowhere"), "E:42501 Z:I");
  expect_forwarded(query("SELECT * FROM t"));
}

TEST_F(RequestHandlerTest, ADenialInATransactionMakesTheServerFail) {
  begin();
  EXPECT_EQ(session.client(query("SELECT * FROM secret.t")), session.poison_query());
  EXPECT_EQ(session.local(), "");
  const std::string answer = session.server(error("42703", "column \"sql\" does not exist") + ready('E'));
  EXPECT_EQ(outline(answer), "E:42501 Z:E");
  EXPECT_EQ(error_text(answer), "permission denied for table t");
  // The block has failed: PostgreSQL says so before it looks at privileges.
  EXPECT_EQ(session.client(query("SELECT * FROM secret.t")), session.poison_query());
  EXPECT_EQ(outline(session.server(error("25P02", "aborted") + ready('E'))), "E:25P02 Z:E");
  expect_forwarded(query("ROLLBACK"));
}

TEST_F(RequestHandlerTest, ADenialBehindOtherQueriesWaitsForItsTurn) {
  expect_forwarded(query("SELECT * FROM t"));
  EXPECT_EQ(session.client(query("SELECT * FROM secret.t")), session.poison_query());
  EXPECT_EQ(session.local(), "");
  EXPECT_EQ(outline(session.server(complete("SELECT 0") + ready('I') + error("42601", "x") + ready('I'))),
            "C Z:I E:42501 Z:I");
}

TEST_F(RequestHandlerTest, AnExtendedQuery) {
  const std::string messages = parse("", "SELECT * FROM t") + bind_portal("", "") + describe(kPortal, "") +
                               execute("") + close(kPortal, "") + flush() + sync();
  expect_forwarded(messages);
  session.server(parsed() + bound() + message(wire::BackendType::NoData) + complete("SELECT 0") + closed() +
                 ready('I'));
  EXPECT_TRUE(session.core.tracker.idle());
  EXPECT_FALSE(session.violated());
}

TEST_F(RequestHandlerTest, AParseThatIsDeniedInAnIdleSessionDropsAllToTheSync) {
  expect_answered(parse("", "SELECT * FROM secret.t"), "E:42501");
  expect_answered(bind_portal("", "") + execute("") + query("SELECT * FROM t") + flush(), "");
  expect_answered(sync(), "Z:I");
  expect_forwarded(query("SELECT * FROM t"));
}

TEST_F(RequestHandlerTest, ADenialInAPipelineMakesTheServerFail) {
  const std::string before = parse("", "INSERT INTO t VALUES (1)") + bind_portal("", "") + execute("");
  expect_forwarded(before);
  // What follows is allowed or not: the server is going to discard it.
  const std::string sent = session.client(parse("", "SELECT * FROM secret.t") + bind_portal("", "") + sync());
  EXPECT_TRUE(sent.starts_with(session.poison_parse())) << "in the place of the Parse";
  EXPECT_TRUE(sent.ends_with(sync()));
  EXPECT_EQ(sent.find("secret"), std::string::npos);
  EXPECT_EQ(outline(session.server(parsed() + bound() + complete("INSERT 0 1") + error("26000", "x") + ready('I'))),
            "1 2 C E:42501 Z:I");
}

TEST_F(RequestHandlerTest, WhatIsDeniedWhileTheServerSkipsIsNotSent) {
  expect_forwarded(parse("", "SELECT * FROM t") + flush());
  EXPECT_EQ(outline(session.server(error("42P01", "x"))), "E:42P01");
  EXPECT_EQ(session.client(parse("", "SELECT * FROM secret.t") + query("SELECT * FROM secret.t")), "");
  EXPECT_EQ(session.local(), "");
  expect_forwarded(sync());
  EXPECT_EQ(outline(session.server(ready('I'))), "Z:I");
}

TEST_F(RequestHandlerTest, UnknownNamesAreAnsweredAsPostgresqlDoes) {
  EXPECT_EQ(session.client(bind_portal("", "nobody")), "");
  const std::string answer = session.local();
  EXPECT_EQ(outline(answer), "E:26000");
  EXPECT_EQ(error_text(answer), "prepared statement \"nobody\" does not exist");
  expect_answered(sync(), "Z:I");
  EXPECT_EQ(session.client(bind_portal("", "")), "");
  EXPECT_EQ(error_text(session.local()), "unnamed prepared statement does not exist");
  expect_answered(sync(), "Z:I");
  expect_answered(describe(kStatement, "nobody") + sync(), "E:26000 Z:I");
  // It is the server's to find out, when what stands before it in the message has run.
  expect_forwarded(query("EXECUTE nobody"));
  session.server(error("26000", "x") + ready('I'));
  begin();
  EXPECT_EQ(session.client(bind_portal("", "nobody")), session.early_poison_parse());
}

// Portals that no Bind made may be cursors, and closing a name that does not exist succeeds.
TEST_F(RequestHandlerTest, UnknownPortalsAreTheServersToJudge) {
  expect_forwarded(describe(kPortal, "c") + execute("c", 10) + close(kPortal, "c") + close(kStatement, "nobody") +
                   sync());
}

TEST_F(RequestHandlerTest, NamedStatementsAreExecutedAgainAndAgain) {
  prepare("s", "SELECT * FROM t");
  for (int round = 0; round < 3; ++round) {
    expect_forwarded(bind_portal("p", "s") + execute("p") + sync());
    session.server(bound() + complete("SELECT 0") + ready('I'));
  }
  expect_forwarded(close(kStatement, "s") + sync());
  session.server(closed() + ready('I'));
  expect_answered(bind_portal("", "s") + sync(), "E:26000 Z:I");
}

TEST_F(RequestHandlerTest, NamesAreComparedBySixtyThreeBytes) {
  const std::string name(63, 'n');
  prepare(name + "one", "SELECT * FROM t");
  expect_forwarded(bind_portal(name + "p1", name + "two") + execute(name + "p2") + sync());
  session.server(bound() + complete("SELECT 0") + ready('I'));
  EXPECT_FALSE(session.violated());
  expect_answered(bind_portal("", name.substr(1)) + sync(), "E:26000 Z:I");
}

TEST_F(RequestHandlerTest, AFailedParseMakesNoName) {
  expect_forwarded(parse("s", "SELECT * FROM t") + sync());
  session.server(error("42703", "x") + ready('I'));
  expect_answered(bind_portal("", "s") + sync(), "E:26000 Z:I");
}

TEST_F(RequestHandlerTest, AQueryDropsTheUnnamedStatement) {
  prepare("", "SELECT * FROM t");
  expect_forwarded(bind_portal("", "") + sync());
  session.server(bound() + ready('I'));
  expect_forwarded(query("SELECT * FROM t"));
  session.server(complete("SELECT 0") + ready('I'));
  expect_answered(bind_portal("", "") + sync(), "E:26000 Z:I");

  prepare("", "SELECT * FROM t");
  expect_answered(query("SELECT * FROM secret.t"), "E:42501 Z:I");
  expect_answered(bind_portal("", "") + sync(), "E:26000 Z:I");
}

TEST_F(RequestHandlerTest, ADeniedParseOfTheUnnamedStatementDropsTheOldOne) {
  for (const char* text : {"SELECT * FROM secret.t", "SELEC 1"}) {
    prepare("", "SELECT * FROM t");
    expect_answered(parse("", text) + sync(), text[5] == ' ' ? "E:42601 Z:I" : "E:42501 Z:I");
    expect_answered(bind_portal("", "") + sync(), "E:26000 Z:I");
  }
}

TEST_F(RequestHandlerTest, ADeniedParseOfANamedStatementLeavesTheUnnamed) {
  for (const char* text : {"SELECT * FROM secret.t", "SELEC 1"}) {
    prepare("", "SELECT * FROM t");
    expect_answered(parse("s", text) + sync(), text[5] == ' ' ? "E:42601 Z:I" : "E:42501 Z:I");
    expect_forwarded(bind_portal("", "") + sync());
    session.server(bound() + ready('I'));
  }
}

TEST_F(RequestHandlerTest, SeveralStatementsInAParseAreAllJudged) {
  expect_answered(parse("", "SELECT * FROM t; SELECT * FROM secret.t") + sync(), "E:42501 Z:I");
  expect_answered(parse("", "SELECT * FROM secret.t; SELECT * FROM t") + sync(), "E:42501 Z:I");
  expect_forwarded(parse("", "SELECT 1; SELECT 2") + sync());
}

TEST_F(RequestHandlerTest, APreparedStatementIsJudgedAgainByEachPolicy) {
  prepare("s", "SELECT * FROM t");
  begin();
  expect_forwarded(bind_portal("p", "s") + sync());
  session.server(bound() + ready('T'));
  session.set_rules({});
  EXPECT_EQ(session.client(execute("p")), session.poison_parse()) << "a portal of before the reload";
  EXPECT_EQ(session.client(sync()), sync());
  session.server(error("26000", "x") + ready('E'));
  expect_forwarded(query("ROLLBACK"));
  session.server(complete("ROLLBACK") + ready('I'));
  expect_answered(bind_portal("", "s") + sync(), "E:42501 Z:I");
  expect_answered(describe(kStatement, "s") + sync(), "E:42501 Z:I");
  session.set_rules(open_rules());
  expect_forwarded(bind_portal("", "s") + execute("") + sync());
}

TEST_F(RequestHandlerTest, APreparedStatementIsJudgedAgainInEachSearchPath) {
  prepare("s", "SELECT * FROM t");
  expect_forwarded(query("SET search_path = secret"));
  session.server(complete("SET") + ready('I'));
  expect_answered(bind_portal("", "s") + sync(), "E:42501 Z:I");
  expect_answered(query("SELECT * FROM t"), "E:42501 Z:I");
  expect_forwarded(query("SET search_path = open"));
  session.server(complete("SET") + ready('I'));
  expect_forwarded(bind_portal("", "s") + sync());
}

TEST_F(RequestHandlerTest, LaterStatementsAreJudgedInTheScopeThatEarlierOnesMake) {
  expect_answered(query("SET search_path = secret; SELECT * FROM t"), "E:42501 Z:I");
  expect_forwarded(query("SET search_path = secret; SELECT * FROM open.t; SET search_path = open; SELECT * FROM t"));
}

// Each of these ends with a SELECT from secret.t, by way of a search_path that is another one for a while.
TEST_F(RequestHandlerTest, AnEndOfTheTransactionTakesTheSearchPathWithIt) {
  expect_forwarded(query("SET search_path = secret"));
  session.server(complete("SET") + ready('I'));
  for (const char* text :
       {"SET search_path = open; ROLLBACK; SELECT * FROM t", "BEGIN; SET search_path = open; ROLLBACK; SELECT * FROM t",
        "BEGIN; SET LOCAL search_path = open; COMMIT; SELECT * FROM t",
        "BEGIN; SAVEPOINT s; SET search_path = open; ROLLBACK TO s; SELECT * FROM t",
        "SELECT set_config('search_path', 'open', true); COMMIT; SELECT * FROM t"}) {
    expect_answered(query(text), "E:42501 Z:I");
  }
  expect_forwarded(query("BEGIN; SET search_path = open; COMMIT; SELECT * FROM t"));
}

// EXECUTE and FETCH run a set_config that was written elsewhere: the path is not what the last SET said.
TEST_F(RequestHandlerTest, ASettingChangedByAPreparedStatementOrCursorIsNotMissed) {
  const auto is_denied = [](std::initializer_list<std::string_view> messages, std::string_view last) {
    OfflineSession fresh;
    std::string answers;
    for (const std::string_view text : messages) {
      const std::string sent = fresh.client(query(text));
      const std::size_t statements = pipeline::analyze(text).statements.size();
      answers += fresh.local();
      if (sent != query(text)) continue;
      std::string done;
      for (std::size_t i = 0; i < statements; ++i) done += complete("DONE");
      (void)fresh.server(done +
                         ready(text.starts_with("BEGIN") ? 'T' : static_cast<char>(fresh.core.tracker.status())));
    }
    return fresh.client(query(last)) != query(last);
  };
  constexpr std::string_view kRead = "SELECT * FROM t";
  EXPECT_TRUE(is_denied(
      {"PREPARE x AS SELECT set_config('search_path', 'secret', false)", "SET search_path = open", "EXECUTE x"},
      kRead));
  EXPECT_TRUE(is_denied({"PREPARE x AS SELECT set_config('search_path', 'secret', false)", "SET search_path = open"},
                        "EXECUTE x; SELECT * FROM t"));
  EXPECT_TRUE(is_denied({"BEGIN", "DECLARE c CURSOR FOR SELECT set_config('search_path', 'secret', false)",
                         "SET search_path = open", "FETCH c"},
                        kRead));
  EXPECT_TRUE(is_denied({"BEGIN", "DECLARE c CURSOR FOR SELECT set_config('search_path', 'secret', false)",
                         "SET search_path = open", "MOVE c"},
                        kRead));
  EXPECT_FALSE(is_denied({"PREPARE x AS SELECT 1", "SET search_path = open", "EXECUTE x"}, kRead));
}

// FETCH runs a portal that a Bind has made as well as a cursor of SQL.
TEST_F(RequestHandlerTest, ASettingChangedByFetchingABoundPortalIsNotMissed) {
  begin();
  expect_forwarded(parse("", "SELECT set_config('search_path', 'secret', false)") + bind_portal("c", "") + sync());
  session.server(parsed() + bound() + ready('T'));
  expect_forwarded(query("SET search_path = open"));
  session.server(complete("SET") + ready('T'));
  expect_forwarded(query("SELECT * FROM t"));
  session.server(complete("SELECT 0") + ready('T'));
  expect_forwarded(query("FETCH c"));
  session.server(complete("FETCH 1") + ready('T'));
  EXPECT_NE(session.client(query("SELECT * FROM t")), query("SELECT * FROM t"));
}

// The server takes such statements, as EXECUTE looks its name up when it runs.
TEST_F(RequestHandlerTest, StatementsThatExecuteThemselvesOrOneAnotherEndInAnError) {
  expect_forwarded(parse("x", "EXECUTE x") + sync());
  session.server(parsed() + ready('I'));
  expect_answered(query("EXECUTE x"), "E:54001 Z:I");
  // Nothing is executed before the Execute.
  expect_forwarded(bind_portal("", "x"));
  EXPECT_EQ(session.client(execute("") + sync()), session.poison_parse() + sync());
  session.server(bound() + error("26000", "x") + ready('I'));
  expect_forwarded(parse("a", "EXECUTE b") + parse("b", "EXECUTE a") + sync());
  session.server(parsed() + parsed() + ready('I'));
  expect_answered(query("EXECUTE a"), "E:54001 Z:I");
}

// A function may have prepared it, and what that does was never judged.
TEST_F(RequestHandlerTest, UnknownNamesAreDeniedAfterCodeThatNobodyHasRead) {
  expect_forwarded(query("SELECT open.f()"));
  session.server(complete("SELECT 1") + ready('I'));
  expect_answered(query("EXECUTE nobody"), "E:26000 Z:I");
}

TEST_F(RequestHandlerTest, WhatRestsOnAnUnansweredChangeOfAnotherGroupWaits) {
  expect_forwarded(query("SET search_path = open"));
  EXPECT_EQ(session.client(query("SELECT * FROM t") + sync()), "");
  EXPECT_EQ(session.outcome(), Outcome::wait_for_group);
  EXPECT_EQ(session.client(""), "") << "as long as there is no answer";
  session.server(complete("SET") + ready('I'));
  EXPECT_EQ(session.client(""), query("SELECT * FROM t") + sync());
  EXPECT_EQ(session.outcome(), Outcome::more_input);
  EXPECT_EQ(session.unread(), 0U);
}

TEST_F(RequestHandlerTest, ANameOfAnotherGroupWaitsForItsConfirmation) {
  expect_forwarded(parse("s", "SELECT * FROM t") + sync());
  EXPECT_EQ(session.client(bind_portal("", "s")), "");
  EXPECT_EQ(session.outcome(), Outcome::wait_for_group);
  session.server(error("42703", "x") + ready('I'));
  EXPECT_EQ(session.client(""), "");
  EXPECT_EQ(outline(session.local()), "E:26000");
}

TEST_F(RequestHandlerTest, SqlPreparedStatementsAreJudgedWhereTheyAreExecuted) {
  expect_answered(query("PREPARE x AS SELECT * FROM secret.t"), "E:42501 Z:I");
  expect_forwarded(query("PREPARE x AS SELECT * FROM t; EXECUTE x"));
  session.server(complete("PREPARE") + complete("SELECT 0") + ready('I'));
  expect_forwarded(query("EXECUTE x"));
  session.server(complete("SELECT 0") + ready('I'));
  expect_forwarded(bind_portal("", "x") + execute("") + sync());
  session.server(bound() + complete("SELECT 0") + ready('I'));
  session.set_rules({});
  expect_answered(query("EXECUTE x"), "E:42501 Z:I");
  expect_answered(query("EXPLAIN ANALYZE EXECUTE x"), "E:42501 Z:I");
  session.set_rules(open_rules());
  expect_forwarded(query("DEALLOCATE x"));
  session.server(complete("DEALLOCATE") + ready('I'));
  expect_forwarded(query("EXECUTE x"));
}

// The portal runs the SELECT; that its statement once came from a PREPARE makes no name now.
TEST_F(RequestHandlerTest, ExecutingAnSqlPreparedStatementDefinesNothing) {
  expect_forwarded(query("PREPARE x AS SELECT 1"));
  session.server(complete("PREPARE") + ready('I'));
  begin();
  expect_forwarded(bind_portal("p", "x") + close(kStatement, "x") + parse("x", "SELECT * FROM t") + sync());
  session.server(bound() + closed() + parsed() + ready('T'));
  expect_forwarded(execute("p") + sync());
  session.server(complete("SELECT 1") + ready('T'));
  expect_forwarded(query("SET search_path = secret"));
  session.server(complete("SET") + ready('T'));
  EXPECT_EQ(session.client(bind_portal("", "x")), session.poison_parse()) << "x reads secret.t now";
}

TEST_F(RequestHandlerTest, FunctionCalls) {
  expect_answered(function_call(kSecretFunction), "E:42501 Z:I");
  expect_answered(function_call(99999), "E:42501 Z:I");
  expect_forwarded(function_call(kOpenFunction));
  session.server(message(wire::BackendType::FunctionCallResponse, "\xFF\xFF\xFF\xFF") + ready('I'));
  EXPECT_TRUE(session.core.tracker.idle());
  begin();
  const std::string sent = session.client(function_call(kSecretFunction));
  EXPECT_EQ(sent[0], 'F');
  EXPECT_EQ(sent.substr(5, 4), std::string(4, '\0')) << "a function that cannot exist";
  EXPECT_EQ(outline(session.server(error("42883", "x") + ready('E'))), "E:42501 Z:E");
}

TEST_F(RequestHandlerTest, TooLongStatementsAreRefusedUnread) {
  const std::string text = "SELECT '" + std::string(5000, 'x') + "'";
  expect_answered(query(text), "E:54000 Z:I");
  expect_answered(parse("", text) + sync(), "E:54000 Z:I");
  const std::string longer(std::size_t{600} * 1024, 'x');
  EXPECT_EQ(session.client(query(longer).substr(0, 100)), "");
  EXPECT_EQ(outline(session.local()), "E:54000 Z:I") << "at once, not when all of it has been read";
  EXPECT_EQ(session.client(query(longer).substr(100) + query("SELECT 1")), query("SELECT 1"));
  session.server(complete("SELECT 1") + ready('I'));
  expect_answered(parse("", longer) + sync(), "E:54000 Z:I");
  EXPECT_EQ(session.handler.needed(), 0U);
}

TEST_F(RequestHandlerTest, MalformedBodiesAreErrorsNotTheEnd) {
  using wire::FrontendType;
  using namespace std::string_view_literals;
  expect_answered(message(FrontendType::Query, "SELECT 1"), "E:08P01 Z:I");
  expect_answered(message(FrontendType::Query, "SELECT 1\0; SELECT 2\0"sv), "E:08P01 Z:I");
  expect_answered(message(FrontendType::Parse, "s"), "E:08P01");
  expect_answered(sync(), "Z:I");
  for (const FrontendType type :
       {FrontendType::Bind, FrontendType::Describe, FrontendType::Execute, FrontendType::Close}) {
    expect_answered(message(type, "x") + sync(), "E:08P01 Z:I");
  }
  expect_answered(message(FrontendType::FunctionCall, "\0\0"sv), "E:08P01 Z:I");
  expect_forwarded(query("SELECT 1"));
}

TEST_F(RequestHandlerTest, WhatIsNotTheProtocolEndsTheSession) {
  using namespace std::string_view_literals;
  const auto fault_of = [](std::string_view bytes) -> std::string {
    OfflineSession fresh;
    EXPECT_EQ(fresh.client(bytes), "");
    EXPECT_EQ(fresh.outcome(), Outcome::violation);
    return fresh.handler.fault() ? fresh.handler.fault()->message : "";
  };
  EXPECT_EQ(fault_of("?\0\0\0\4"sv), "invalid frontend message type 63");
  EXPECT_EQ(fault_of(message(wire::FrontendType::PasswordMessage, "x")), "invalid frontend message type 112");
  EXPECT_EQ(fault_of("Q\0\0\0\3"sv), "");
  EXPECT_EQ(fault_of("Q\xFF\xFF\xFF\xFF"sv), "");
  EXPECT_EQ(fault_of("S\0\1\0\0"sv), "") << "longer than PostgreSQL takes";
}

TEST_F(RequestHandlerTest, TerminateEndsTheSessionAlsoWhileSkipping) {
  EXPECT_EQ(session.client(query("SELECT * FROM t") + message(wire::FrontendType::Terminate) + query("SELECT 1")),
            query("SELECT * FROM t"));
  EXPECT_EQ(session.outcome(), Outcome::terminate);
  OfflineSession skipping;
  (void)skipping.client(parse("", "SELEC") + message(wire::FrontendType::Terminate));
  EXPECT_EQ(skipping.outcome(), Outcome::terminate);
}

TEST_F(RequestHandlerTest, CopyDataIsPassedOnAndEndsWithTheCopy) {
  using wire::FrontendType;
  expect_forwarded(query("COPY t FROM STDIN"));
  session.server(message(wire::BackendType::CopyInResponse, std::string(3, '\0')));
  expect_forwarded(message(FrontendType::CopyData, "1\n"));
  EXPECT_EQ(session.client(sync()), "") << "the server ignores it, the tracker must not wait";
  expect_forwarded(message(FrontendType::CopyDone));
  EXPECT_EQ(outline(session.server(complete("COPY 1") + ready('I'))), "C Z:I");
  EXPECT_TRUE(session.core.tracker.idle());
  expect_forwarded(message(FrontendType::CopyData, "late") + message(FrontendType::CopyFail, std::string("x\0", 2)));
  EXPECT_TRUE(session.core.tracker.idle());
}

TEST_F(RequestHandlerTest, WithoutStandardStringsABackslashIsRefused) {
  session.core.backslashes_ambiguous = true;
  expect_answered(query("SELECT 'a\\' FROM t"), "E:42501 Z:I");
  expect_answered(parse("", "SELECT 'a\\' FROM t") + sync(), "E:42501 Z:I");
  expect_forwarded(query("SELECT 'a' FROM t"));
  session.server(complete("SELECT 0") + ready('I'));
  expect_forwarded(query("SELECT E'a\\\\', $$\\$$ FROM t -- \\"));
}

TEST_F(RequestHandlerTest, ABackslashBehindAChangeOfStandardStringsWaits) {
  const std::string set = query("SET standard_conforming_strings = on");
  const std::string text = query("SELECT 'a\\' FROM t");
  EXPECT_EQ(session.client(set + text), set);
  EXPECT_EQ(session.outcome(), Outcome::wait_for_group);
  EXPECT_EQ(outline(session.server(complete("SET") + ready('I'))), "C Z:I");
  EXPECT_EQ(session.client(""), text);
  EXPECT_EQ(outline(session.server(complete("SELECT 0") + ready('I'))), "C Z:I");
  // The end of a transaction takes back what was set.
  EXPECT_EQ(session.client(query("ROLLBACK") + text), query("ROLLBACK"));
  EXPECT_EQ(session.outcome(), Outcome::wait_for_group);
  session.server(complete("ROLLBACK") + ready('I'));
  EXPECT_EQ(session.client(""), text);
  session.server(complete("SELECT 0") + ready('I'));
  // In one batch nothing is reported before its end.
  const std::string batch = parse("", "SET standard_conforming_strings = on") + bind_portal("", "") + execute("");
  EXPECT_EQ(session.client(batch + parse("", "SELECT 'a\\' FROM t")), batch + session.poison_parse());
  EXPECT_EQ(session.client(sync()), sync());
  EXPECT_EQ(outline(session.server(parsed() + bound() + complete("SET") + error("42703", "x") + ready('I'))),
            "1 2 C E:42501 Z:I");
}

// A session of all kinds of messages, with a server that answers when it is asked to.
struct Step {
  std::string from_client;
  std::string from_server;
};

std::vector<Step> long_session() {
  const std::string copy_in = message(wire::BackendType::CopyInResponse, std::string(3, '\0'));
  return {
      {query("SELECT * FROM t"), complete("SELECT 0") + ready('I')},
      {query("SELECT * FROM secret.t"), ""},
      {parse("s", "SELECT * FROM t") + bind_portal("p", "s") + describe(kPortal, "p") + execute("p") + sync(),
       parsed() + bound() + message(wire::BackendType::NoData) + complete("SELECT 0") + ready('I')},
      {bind_portal("", "nobody") + execute("") + query("SELECT 1") + sync(), ""},
      {query("BEGIN"), complete("BEGIN") + ready('T')},
      {parse("", "SELECT * FROM t") + parse("", "SELECT * FROM secret.t") + execute("") + sync(),
       parsed() + error("26000", "x") + ready('E')},
      {query("SELECT * FROM secret.t") + flush(), error("25P02", "x") + ready('E')},
      {query("ROLLBACK"), complete("ROLLBACK") + ready('I')},
      {query(std::string(5000, 'x')), ""},
      {query("SELEC"), ""},
      {function_call(kSecretFunction), ""},
      {function_call(kOpenFunction), message(wire::BackendType::FunctionCallResponse, "\xFF\xFF\xFF\xFF") + ready('I')},
      {query("COPY t FROM STDIN"), copy_in},
      {message(wire::FrontendType::CopyData, "1\n2\n") + message(wire::FrontendType::CopyDone),
       complete("COPY 2") + ready('I')},
      {close(kStatement, "s") + sync(), closed() + ready('I')},
      {message(wire::FrontendType::Terminate), ""},
  };
}

// What the server and the client get when each step arrives in pieces, cut where `cut` says.
std::pair<std::string, std::string> played(const std::function<std::size_t(std::size_t left)>& cut) {
  OfflineSession session;
  std::string to_server;
  std::string to_client;
  for (const Step& step : long_session()) {
    std::string_view left = step.from_client;
    while (!left.empty()) {
      const std::size_t size = std::min(cut(left.size()), left.size());
      to_server += session.client(left.substr(0, size));
      to_client += session.local();
      left.remove_prefix(size);
    }
    to_client += session.server(step.from_server);
    EXPECT_FALSE(session.violated());
  }
  EXPECT_EQ(session.outcome(), Outcome::terminate);
  return {session.anonymous(to_server), outline(to_client)};
}

TEST(RequestHandlerChunks, EveryChunkingGivesTheSameResult) {
  const auto whole = played([](std::size_t left) { return left; });
  EXPECT_EQ(whole.second,
            "C Z:I E:42501 Z:I 1 2 n C Z:I E:26000 Z:I C Z:T 1 E:42501 Z:E E:25P02 Z:E C Z:I E:54000 Z:I E:42601 Z:I "
            "E:42501 Z:I V Z:I G C Z:I 3 Z:I");
  for (const std::size_t size : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 11U, 64U, 1000U}) {
    ASSERT_EQ(played([size](std::size_t) { return size; }), whole) << size;
  }
  std::size_t longest = 0;
  for (const Step& step : long_session())
    longest = std::max(longest, std::min<std::size_t>(step.from_client.size(), 200));
  for (std::size_t first = 1; first < longest; ++first) {
    bool started = false;
    std::size_t last = 0;
    const auto cut = [&](std::size_t left) {
      const bool begins = !started || left >= last;
      started = true;
      last = left;
      return begins ? first : left;
    };
    ASSERT_EQ(played(cut), whole) << first;
  }
}

}  // namespace
}  // namespace sqlproxy::frontend::testing
