// Statements that come too soon, and those that wait for a place among the running ones.
#include <gtest/gtest.h>

#include "frontend/request_handler.hpp"
#include "tests/support/frontend/messages.hpp"
#include "tests/support/frontend/offline_session.hpp"

namespace sqlproxy::frontend::testing {
namespace {

using Outcome = RequestHandler::Outcome;

class AdmissionTest : public ::testing::Test {
 protected:
  // So many statements pass, and for a long time no more.
  void allow(double burst) {
    limiter.use({.per_user = pipeline::RateLimit{1e-6, burst}}, now);
    use(nullptr);
  }
  void use(backend::InFlightLimitPtr in_flight) {
    session.core.admission.use(limiter.limits_of({"ann", {}, "default"}, "app", now), std::move(in_flight),
                               std::chrono::seconds(5));
  }
  // A Query that passes, and its answer.
  void pass(const std::string& text, const std::string& tag = "SELECT 0", char status = 'I') {
    EXPECT_EQ(session.client(query(text)), query(text)) << text;
    session.server(complete(tag) + ready(status));
  }
  void prepare() {
    EXPECT_EQ(session.client(parse("s", "SELECT * FROM t") + sync()), parse("s", "SELECT * FROM t") + sync());
    session.server(parsed() + ready('I'));
  }

  core::TimePoint now = core::SteadyClock::now();
  pipeline::RateLimiter limiter;
  OfflineSession session;
};

TEST_F(AdmissionTest, AQueryThatComesTooSoonIsAnsweredWithoutTheServer) {
  allow(2);
  pass("SELECT * FROM t");
  pass("SELECT * FROM t");
  EXPECT_EQ(session.client(query("SELECT * FROM t")), "");
  EXPECT_EQ(outline(session.local()), "E:54000 Z:I");
  EXPECT_EQ(limiter.refused(pipeline::LimitLevel::user), 1U);
}

TEST_F(AdmissionTest, InATransactionItAborts) {
  allow(1);
  pass("BEGIN", "BEGIN", 'T');
  EXPECT_EQ(session.client(query("SELECT * FROM t")), session.poison_query());
  EXPECT_EQ(outline(session.server(error("42601", "no") + ready('E'))), "E:54000 Z:E");
  EXPECT_EQ(session.client(query("ROLLBACK")), query("ROLLBACK")) << "the end of a transaction is not refused";
  session.server(complete("ROLLBACK") + ready('I'));
  EXPECT_EQ(session.client(query("ROLLBACK")), "") << "where there is none it is a statement like others";
  EXPECT_EQ(outline(session.local()), "E:54000 Z:I");
}

TEST_F(AdmissionTest, EachStatementOfAQueryCountsAndAllOrNonePass) {
  allow(5);
  pass("SELECT 1; SELECT 2; SELECT 3");
  EXPECT_EQ(session.client(query("SELECT 1; SELECT 2; SELECT 3")), "");
  EXPECT_EQ(outline(session.local()), "E:54000 Z:I");
  pass("SELECT 1; SELECT 2");
}

TEST_F(AdmissionTest, EachExecuteOfAPipelineCounts) {
  prepare();
  allow(2);
  const std::string one = bind_portal("", "s") + execute("");
  EXPECT_EQ(session.client(one + one + one + one + sync()), one + one + bind_portal("", "s") + session.poison_parse() +
                                                                bind_portal("", "s") + session.poison_parse() + sync())
      << "Parse, Bind and Sync are none";
  EXPECT_EQ(outline(session.server(bound() + complete("SELECT 0") + bound() + complete("SELECT 0") + bound() +
                                   error("26000", "no") + ready('I'))),
            "2 C 2 C 2 E:54000 Z:I");
}

TEST_F(AdmissionTest, WhatIsDeniedAnywayCountsToo) {
  allow(2);
  EXPECT_EQ(session.client(query("SELECT * FROM secret.t")), "");
  EXPECT_EQ(outline(session.local()), "E:42501 Z:I");
  EXPECT_EQ(session.client(query("SELEC")), "");
  EXPECT_EQ(outline(session.local()), "E:42601 Z:I");
  EXPECT_EQ(session.client(query("SELECT * FROM secret.t")), "");
  EXPECT_EQ(outline(session.local()), "E:54000 Z:I") << "too soon is too soon, whatever it is";
  EXPECT_EQ(session.client(parse("", "SELECT * FROM secret.t") + sync()), "");
  EXPECT_EQ(outline(session.local()), "E:54000 Z:I");
}

TEST_F(AdmissionTest, AMessageThatHasToWaitIsCountedOnce) {
  allow(2);
  const auto server = std::exchange(session.core.server, nullptr);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(session.client(i == 0 ? query("SELECT * FROM t") : ""), "");
    EXPECT_EQ(session.outcome(), Outcome::need_server);
  }
  session.core.server = server;
  EXPECT_EQ(session.client(""), query("SELECT * FROM t"));
  session.server(complete("SELECT 0") + ready('I'));
  pass("SELECT * FROM t");
  EXPECT_EQ(session.client(query("SELECT * FROM t")), "");
  EXPECT_EQ(outline(session.local()), "E:54000 Z:I");
}

TEST_F(AdmissionTest, AQueryWaitsForAPlace) {
  const auto places = std::make_shared<backend::InFlightLimit>(1);
  use(places);
  EXPECT_TRUE(places->try_take());
  EXPECT_EQ(session.client(query("SELECT * FROM t")), "");
  EXPECT_EQ(session.outcome(), Outcome::need_place);
  EXPECT_TRUE(session.core.admission.held_up()) << "the server connection waits with it";
  places->give_back();
  EXPECT_EQ(session.client(""), query("SELECT * FROM t"));
  EXPECT_FALSE(session.core.admission.held_up());
  EXPECT_EQ(places->counts().running, 1U);
  session.server(complete("SELECT 0") + ready('I'));
  session.core.admission.all_answered();
  EXPECT_EQ(places->counts().running, 0U);
}

TEST_F(AdmissionTest, APipelineTakesOnePlaceAtItsFirstExecute) {
  const auto places = std::make_shared<backend::InFlightLimit>(1);
  prepare();
  use(places);
  EXPECT_TRUE(places->try_take());
  const std::string one = bind_portal("", "s") + execute("");
  EXPECT_EQ(session.client(one + one + sync()), bind_portal("", "s"));
  EXPECT_EQ(session.outcome(), Outcome::need_place);
  places->give_back();
  EXPECT_EQ(session.client(""), execute("") + one + sync());
  EXPECT_EQ(places->counts().running, 1U);
}

TEST_F(AdmissionTest, ASessionThatEndsGivesItsPlaceBack) {
  const auto places = std::make_shared<backend::InFlightLimit>(1);
  {
    OfflineSession other;
    other.core.admission.use({}, places, std::chrono::seconds(5));
    EXPECT_EQ(other.client(query("SELECT * FROM t")), query("SELECT * FROM t"));
    EXPECT_EQ(places->counts().running, 1U);
  }
  EXPECT_EQ(places->counts().running, 0U);
}

}  // namespace
}  // namespace sqlproxy::frontend::testing
