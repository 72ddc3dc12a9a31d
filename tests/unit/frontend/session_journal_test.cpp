#include "frontend/session_journal.hpp"

#include <gtest/gtest.h>

#include "tests/support/frontend/messages.hpp"
#include "tests/support/frontend/offline_session.hpp"
#include "tests/unit/audit/fake_sink.hpp"

namespace sqlproxy::frontend::testing {
namespace {

// The raw value of a member of an event's line, without quotes.
std::string member(std::string_view line, std::string_view name) {
  const std::string key = '"' + std::string(name) + "\":";
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos) return "none";
  line.remove_prefix(at + key.size());
  if (line.starts_with('"')) return std::string(line.substr(1, line.find('"', 1) - 1));
  return std::string(line.substr(0, line.find_first_of(",}")));
}

// A session whose events are read back from the trail.
class SessionJournalTest : public ::testing::Test {
 protected:
  // "SELECT ok, DELETE error 42P01" for the statements that ended since the last call.
  std::string events() {
    trail->flush();
    std::string text = place.text();
    std::string_view lines = std::string_view(text).substr(read_);
    read_ = text.size();
    std::string out;
    while (!lines.empty()) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(line.size() + 1);
      // The trail writes about itself too.
      if (member(line, "kind") != "statement") continue;
      last = line;
      if (!out.empty()) out += ", ";
      out += member(line, "statement_type") + ' ' + member(line, "status");
      if (member(line, "sqlstate") != "null") out += ' ' + member(line, "sqlstate");
    }
    return out;
  }
  void run(const std::string& messages, const std::string& answers) {
    ASSERT_EQ(session.client(messages), messages);
    (void)session.server(answers);
    ASSERT_FALSE(session.violated());
  }

  static audit::TrailOptions options() {
    audit::TrailOptions options;
    options.batch_interval = std::chrono::milliseconds(1);
    return options;
  }
  OfflineSession::Options audited() {
    OfflineSession::Options options;
    options.trail = trail.get();
    return options;
  }

  audit::testing::FakePlace place;
  std::unique_ptr<audit::Trail> trail =
      std::move(audit::Trail::open(options(), std::make_unique<audit::testing::FakeSink>(place))).value();
  OfflineSession session{audited()};
  std::string last;

 private:
  std::size_t read_ = 0;
};

TEST_F(SessionJournalTest, EachStatementOfAQueryIsOneEvent) {
  run(query("SELECT * FROM t; INSERT INTO t VALUES (1)"), complete("SELECT 5") + complete("INSERT 0 3") + ready('I'));
  EXPECT_EQ(events(), "SELECT ok, INSERT ok");
  EXPECT_EQ(member(last, "rows_affected"), "3");
  EXPECT_EQ(member(last, "protocol"), "simple");
}

TEST_F(SessionJournalTest, CountsRowsAndBytes) {
  const std::string text = query("SELECT * FROM t");
  EXPECT_EQ(session.client(text), text);
  for (int row = 0; row < 3; ++row) session.core.journal.count_row();
  session.core.journal.count_bytes(123);
  session.server(complete("SELECT 3") + ready('I'));
  EXPECT_EQ(events(), "SELECT ok");
  EXPECT_EQ(member(last, "rows_returned"), "3");
  EXPECT_EQ(member(last, "bytes_out"), "123");
  EXPECT_EQ(member(last, "bytes_in"), std::to_string(text.size()));
  run(query("SELECT * FROM t"), complete("SELECT 0") + ready('I'));
  EXPECT_EQ(events(), "SELECT ok");
  EXPECT_EQ(member(last, "rows_returned"), "0");
}

TEST_F(SessionJournalTest, AFailedStatementEndsItsMessage) {
  run(query("SELECT * FROM t; DELETE FROM t; SELECT 1"), complete("SELECT 1") + error("23503", "x") + ready('I'));
  EXPECT_EQ(events(), "SELECT ok, DELETE error 23503") << "the third was never executed";
  run(query("SELECT * FROM t"), error("57014", "canceling statement due to user request") + ready('I'));
  EXPECT_EQ(events(), "SELECT canceled 57014");
}

TEST_F(SessionJournalTest, AnExecutionIsOneEvent) {
  run(parse("s", "SELECT * FROM t") + sync(), parsed() + ready('I'));
  EXPECT_EQ(events(), "") << "nothing is executed yet";
  for (int round = 0; round < 2; ++round) {
    run(bind_portal("", "s") + execute("") + sync(), bound() + complete("SELECT 1") + ready('I'));
    EXPECT_EQ(events(), "SELECT ok");
    EXPECT_EQ(member(last, "protocol"), "extended");
  }
}

TEST_F(SessionJournalTest, ASuspendedExecutionIsOneEventInAll) {
  run(query("BEGIN"), complete("BEGIN") + ready('T'));
  (void)events();
  run(parse("", "SELECT * FROM t") + bind_portal("p", "") + execute("p", 1) + sync(),
      parsed() + bound() + message(wire::BackendType::PortalSuspended) + ready('T'));
  EXPECT_EQ(events(), "");
  run(execute("p", 1) + sync(), message(wire::BackendType::PortalSuspended) + ready('T'));
  run(execute("p") + sync(), complete("SELECT 1") + ready('T'));
  EXPECT_EQ(events(), "SELECT ok");
  run(bind_portal("p2", "") + execute("p2", 1) + sync(),
      bound() + message(wire::BackendType::PortalSuspended) + ready('T'));
  run(query("COMMIT"), complete("COMMIT") + ready('I'));
  EXPECT_EQ(events(), "SELECT ok, TRANSACTION ok") << "never fetched to its end";
}

TEST_F(SessionJournalTest, AStatementThatFailsToPrepareIsAnEvent) {
  run(parse("", "SELECT * FROM t") + bind_portal("", "") + execute("") + sync(), error("42703", "x") + ready('I'));
  EXPECT_EQ(events(), "SELECT error 42703") << "what was skipped behind it is none";
}

TEST_F(SessionJournalTest, DenialsAreEventsAtOnce) {
  EXPECT_EQ(session.client(query("SELECT * FROM t; SELECT * FROM secret.t")), "");
  (void)session.local();
  EXPECT_EQ(events(), "SELECT denied 42501, SELECT denied 42501");
  run(query("BEGIN"), complete("BEGIN") + ready('T'));
  EXPECT_EQ(session.client(query("SELECT * FROM secret.t")), session.poison_query());
  EXPECT_EQ(events(), "TRANSACTION ok, SELECT denied 42501");
  (void)session.server(error("42601", "x") + ready('E'));
  EXPECT_EQ(events(), "") << "the poison's error is not one more";
}

TEST_F(SessionJournalTest, WhatIsCutOffSaysSo) {
  EXPECT_NE(session.client(query("SELECT * FROM t; DELETE FROM t")), "");
  (void)session.server(complete("SELECT 1"));
  session.core.journal.abandon();
  EXPECT_EQ(events(), "SELECT ok, DELETE disconnected");
}

TEST_F(SessionJournalTest, CopiesCountTheirRows) {
  const std::string copy_in = message(wire::BackendType::CopyInResponse, std::string(3, '\0'));
  run(query("COPY t FROM STDIN"), copy_in);
  run(message(wire::FrontendType::CopyDone), complete("COPY 7") + ready('I'));
  EXPECT_EQ(events(), "COPY_FROM ok");
  EXPECT_EQ(member(last, "rows_affected"), "7");
  EXPECT_EQ(member(last, "protocol"), "copy");
  run(query("COPY t TO STDOUT"), complete("COPY 4") + ready('I'));
  EXPECT_EQ(events(), "COPY_TO ok");
  EXPECT_EQ(member(last, "rows_returned"), "4");
}

TEST_F(SessionJournalTest, FunctionCallsAreEvents) {
  run(function_call(kOpenFunction), message(wire::BackendType::FunctionCallResponse, "\xFF\xFF\xFF\xFF") + ready('I'));
  EXPECT_EQ(events(), "EXECUTE ok");
  EXPECT_EQ(member(last, "protocol"), "function");
  run(function_call(kOpenFunction), error("22023", "x") + ready('I'));
  EXPECT_EQ(events(), "EXECUTE error 22023");
}

TEST_F(SessionJournalTest, KnowsWhenACommitIsUnderWay) {
  const auto committing = [this] { return session.core.journal.committing(session.core.tracker); };
  run(query("BEGIN"), complete("BEGIN") + ready('T'));
  EXPECT_FALSE(committing());
  run(query("INSERT INTO t VALUES (1); COMMIT"), "");
  EXPECT_FALSE(committing());
  (void)session.server(complete("INSERT 0 1"));
  EXPECT_TRUE(committing());
  (void)session.server(complete("COMMIT") + ready('I'));
  EXPECT_FALSE(committing());
}

TEST_F(SessionJournalTest, ChangesOfTheCatalogHaveItLoadedWhenTheyAreCommitted) {
  int loads = 0;
  SessionJournal journal(std::make_shared<const pipeline::NameScope>(),
                         std::make_shared<backend::CatalogSlot>([&loads](backend::LoadUrgency) { ++loads; }), [] {});
  wire::ReplyTracker tracker(journal);
  const auto analysis = std::make_shared<pipeline::Analysis>();
  analysis->statements.emplace_back().changes_catalog = true;
  const auto run_ddl = [&](char status) {
    InFlight flight;
    flight.kind = InFlight::Kind::query;
    flight.analysis = analysis;
    tracker.push(wire::ReplyTracker::Request::query, wire::ReplyTracker::Treatment::forward,
                 journal.open(std::move(flight)));
    (void)tracker.on_message(wire::BackendType::CommandComplete, std::string_view("CREATE TABLE\0", 13));
    (void)tracker.on_message(wire::BackendType::ReadyForQuery, {&status, 1});
  };
  run_ddl('T');
  EXPECT_EQ(loads, 0) << "nobody else can see it yet";
  run_ddl('I');
  EXPECT_EQ(loads, 1);
}

// The row that set the path has been sent; what the rest of them do nobody can tell.
TEST_F(SessionJournalTest, ASuspendedChangeOfTheSearchPathIsNotForgotten) {
  run(query("BEGIN"), complete("BEGIN") + ready('T'));
  run(parse("", "SELECT set_config('search_path', 'secret', false)") + bind_portal("p", "") + execute("p", 1) + sync(),
      parsed() + bound() + message(wire::BackendType::PortalSuspended) + ready('T'));
  EXPECT_EQ(session.core.journal.scope().unconfirmed_group(), 0U) << "or all that follows waits for ever";
  EXPECT_EQ(session.client(query("SELECT * FROM t")), session.poison_query());
}

TEST_F(SessionJournalTest, PayloadsAreUsedAgain) {
  for (int round = 0; round < 100; ++round) {
    run(parse("", "SELECT * FROM t") + bind_portal("", "") + execute("") + sync(),
        parsed() + bound() + complete("SELECT 1") + ready('I'));
    (void)session.client(query("SELECT * FROM secret.t"));
    (void)session.local();
    run(query("SELECT 1"), error("42601", "x") + ready('I'));
  }
  EXPECT_LT(session.core.journal.open({}), 10U);
}

}  // namespace
}  // namespace sqlproxy::frontend::testing
