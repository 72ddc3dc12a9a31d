#include "frontend/worker_metrics.hpp"

#include <gtest/gtest.h>

#include <map>

#include "frontend/session_meter.hpp"

namespace sqlproxy::frontend {
namespace {

TEST(WorkerMetrics, TheSameNamesAreTheSameSeries) {
  WorkerMetrics metrics;
  EXPECT_EQ(&metrics.database("app"), &metrics.database("app"));
  EXPECT_NE(&metrics.database("app"), &metrics.database("other"));
  EXPECT_EQ(&metrics.statements("app", "alice"), &metrics.statements("app", "alice"));
  EXPECT_NE(&metrics.statements("app", "alice"), &metrics.statements("app", "bob"));
}

TEST(WorkerMetrics, SeriesAreBounded) {
  WorkerMetrics metrics;
  for (std::size_t i = 0; i < WorkerMetrics::kMaxDatabases * 2; ++i)
    metrics.database("d" + std::to_string(i)).logins.add();
  for (std::size_t i = 0; i < WorkerMetrics::kMaxUsers * 2; ++i) {
    metrics.statements("d", "u" + std::to_string(i)).count(pipeline::StatementType::select, pipeline::Decision::allow);
  }
  std::map<std::string, std::uint64_t> databases;
  metrics.for_each_database(
      [&](const std::string& name, const DatabaseMeter& meter) { databases[name] = meter.logins.value(); });
  EXPECT_EQ(databases.size(), WorkerMetrics::kMaxDatabases + 1);
  EXPECT_EQ(databases["(other)"], WorkerMetrics::kMaxDatabases);
  std::size_t users = 0;
  std::uint64_t others = 0;
  metrics.for_each_user([&](const std::string&, const std::string& user, const StatementMeter& meter) {
    ++users;
    if (user == "(other)") others = meter.value(pipeline::StatementType::select, pipeline::Decision::allow);
  });
  EXPECT_EQ(users, WorkerMetrics::kMaxUsers + 1);
  EXPECT_EQ(others, WorkerMetrics::kMaxUsers);
}

class SessionMeterTest : public ::testing::Test {
 protected:
  void count(pipeline::Decision decision, std::chrono::microseconds server) {
    Judgement judgement;
    judgement.type = pipeline::StatementType::insert;
    judgement.decision = decision;
    audit::Event event;
    event.proxy_time = core::Duration(3);
    if (server.count() != 0) event.db_time = server;
    meter_.count_statement(judgement, event, core::SteadyClock::now());
  }

  WorkerMetrics metrics_;
  SessionMeter meter_{metrics_};
};

TEST_F(SessionMeterTest, StatementsAreCountedByTypeAndDecision) {
  meter_.log_in("app", "alice");
  count(pipeline::Decision::allow, std::chrono::microseconds(40));
  count(pipeline::Decision::allow, std::chrono::microseconds(60));
  count(pipeline::Decision::deny, {});
  const StatementMeter& statements = metrics_.statements("app", "alice");
  EXPECT_EQ(statements.value(pipeline::StatementType::insert, pipeline::Decision::allow), 2U);
  EXPECT_EQ(statements.value(pipeline::StatementType::insert, pipeline::Decision::deny), 1U);
  EXPECT_EQ(statements.value(pipeline::StatementType::select, pipeline::Decision::allow), 0U);
  EXPECT_EQ(metrics_.database("app").statements.value(), 3U);
  EXPECT_EQ(metrics_.database("app").statement_us.value(), 100U);
  EXPECT_EQ(metrics_.stages.backend.values().count(), 2U);
  EXPECT_EQ(metrics_.stages.pipeline.values().count(), 3U);
}

TEST_F(SessionMeterTest, ATransactionIsWhatHadAStatement) {
  meter_.log_in("app", "alice");
  meter_.note_idle();
  count(pipeline::Decision::deny, {});
  meter_.note_idle();
  EXPECT_EQ(metrics_.database("app").transactions.value(), 0U);
  count(pipeline::Decision::allow, std::chrono::microseconds(1));
  count(pipeline::Decision::allow, std::chrono::microseconds(1));
  meter_.note_idle();
  meter_.note_idle();
  EXPECT_EQ(metrics_.database("app").transactions.value(), 1U);
}

TEST_F(SessionMeterTest, PinsAreCountedByTheirReason) {
  meter_.count_pins(bit(Pin::advisory_locks) | bit(Pin::lasting));
  meter_.count_pins(bit(Pin::lasting));
  EXPECT_EQ(metrics_.pins[2].value(), 1U);
  EXPECT_EQ(metrics_.pins[7].value(), 2U);
  EXPECT_EQ(metrics_.pins[0].value(), 0U);
}

TEST_F(SessionMeterTest, BeforeTheLoginNothingIsCountedOfADatabase) {
  meter_.count_received(5);
  meter_.count_wait(std::chrono::microseconds(7));
  EXPECT_EQ(metrics_.pool_waits.values().count(), 1U);
  meter_.count_login(LoginOutcome::denied);
  EXPECT_EQ(metrics_.logins[static_cast<std::size_t>(LoginOutcome::denied)].value(), 1U);
}

}  // namespace
}  // namespace sqlproxy::frontend
