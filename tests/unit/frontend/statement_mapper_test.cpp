#include "frontend/statement_mapper.hpp"

#include <gtest/gtest.h>

#include "tests/support/frontend/messages.hpp"
#include "tests/support/frontend/offline_session.hpp"
#include "wire/messages/ready_for_query.hpp"

namespace sqlproxy::frontend::testing {
namespace {

using wire::DescribeTarget;
using Outcome = RequestHandler::Outcome;

constexpr auto kStatement = DescribeTarget::statement;
constexpr auto kPortal = DescribeTarget::portal;

// What messages of a client say: "P s=SELECT 1", "B p<-s", "D s", "E p", "C s", "C portal p", "S", "Q text".
std::string script(std::string_view bytes) {
  std::string out;
  while (bytes.size() >= wire::FrameHeader::kSize) {
    const auto header = wire::decode_frame_header(bytes);
    const std::string_view body = bytes.substr(wire::FrameHeader::kSize, header->body_size);
    bytes.remove_prefix(static_cast<std::size_t>(header->frame_size()));
    if (!out.empty()) out += " | ";
    out += header->type;
    const auto target = [](DescribeTarget of, std::string_view name) {
      return (of == kPortal ? " portal " : " ") + std::string(name);
    };
    if (header->type == 'P') {
      const auto parse = wire::Parse::decode(body);
      out += ' ' + std::string(parse->statement) + '=' + std::string(parse->text);
      if (!parse->parameter_types.empty()) out += "/" + std::to_string(parse->parameter_types[0]);
    }
    if (header->type == 'B') {
      const auto bind = wire::Bind::decode(body);
      out += bind ? ' ' + std::string(bind->portal) + "<-" + std::string(bind->statement) : " malformed";
    }
    if (header->type == 'D') out += target(wire::Describe::decode(body)->target, wire::Describe::decode(body)->name);
    if (header->type == 'C') out += target(wire::Close::decode(body)->target, wire::Close::decode(body)->name);
    if (header->type == 'E') out += ' ' + std::string(wire::Execute::decode(body)->portal);
    if (header->type == 'Q') out += ' ' + std::string(wire::Query::decode(body)->text);
  }
  return bytes.empty() ? out : out + " and a part";
}

// A client in transaction pooling. Its server connections get their answers from play(), which knows nothing but the
// order of messages.
class Client {
 public:
  explicit Client(backend::StatementStore& store, std::shared_ptr<const DatabaseRoute> route = nullptr)
      : session([&] {
          OfflineSession::Options options;
          options.transaction_pooling = true;
          options.store = &store;
          options.route = std::move(route);
          return options;
        }()) {}

  // What the server gets.
  std::string sends(const std::string& messages) { return script(session.client(messages)); }
  // What the client gets when the server answers.
  std::string gets(const std::string& answers) {
    std::string got = outline(session.server(answers));
    // As the lease does when it ends.
    if (session.core.tracker.idle()) session.core.settings_unsettled = false;
    return got;
  }

  // Prepares by Parse in a transaction of its own; returns what the server got.
  std::string prepare(std::string_view name, std::string_view text) {
    std::string sent = sends(parse(name, text) + sync());
    EXPECT_EQ(gets((sent.starts_with("P") ? parsed() : "") + ready('I')), "1 Z:I");
    return sent;
  }
  std::string run(std::string_view text, std::string_view tag) {
    std::string sent = sends(query(text));
    EXPECT_EQ(gets(complete(tag) + ready('I')), "C Z:I");
    return sent;
  }

  OfflineSession session;
};

class StatementMapperTest : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_FALSE(client.session.violated());
    EXPECT_EQ(client.session.outcome(), Outcome::more_input);
  }
  // The two use one server connection in turn.
  void hand_over(Client& from, Client& to) {
    ASSERT_TRUE(from.session.core.tracker.empty());
    (void)to.session.switch_server(from.session.core.server);
  }

  backend::StatementStore store;
  Client client{store};
  Client other{store};
  std::string bind_s = bind_portal("", "s") + execute("") + sync();
  std::string used = bound() + complete("SELECT 0") + ready('I');
};

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

// ---- Names in SQL ----

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
      "C sql-proxy_1 | C sql-proxy_2 | C sql-proxy_3 | S | P r=SELECT 2 FROM t | S | P s=SELECT * FROM t | S | Q " +
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
