#include "frontend/judgement_cache.hpp"

#include <gtest/gtest.h>

#include "frontend/statement_gate.hpp"
#include "pipeline/analyzer.hpp"
#include "tests/support/frontend/offline_session.hpp"

namespace sqlproxy::frontend::testing {
namespace {

using pipeline::TextEncoding;

// Sessions of one worker: what one has judged the others find.
class JudgementCacheTest : public ::testing::Test {
 protected:
  JudgementCacheTest() {
    route->name = route->client_database = "app";
    route->catalog = std::make_shared<backend::CatalogSlot>([this](backend::LoadUrgency) { ++refreshes; });
    route->catalog->publish(small_catalog());
    scope.database = scope.server_database = "app";
    scope.current_user = "service";
    scope.search_path = {"open"};
    snapshot = make_snapshot(open_rules());
    gate = make_gate();
  }

  SnapshotPtr make_snapshot(std::vector<pipeline::PolicyRule> rules) {
    auto made = std::make_shared<Snapshot>();
    made->config = std::make_shared<const config::Config>(config);
    made->policies = pipeline::PolicySet::compile(std::move(rules), {});
    return made;
  }
  std::unique_ptr<StatementGate> make_gate() {
    auto made = std::make_unique<StatementGate>(snapshot, route, subject);
    made->use(cache);
    return made;
  }
  JudgementPtr judge(StatementGate& by, std::string_view text) {
    const auto outcome = analyzer.analyze(text, TextEncoding::utf8);
    return by.judge(outcome, 0, text, scope, version);
  }
  JudgementPtr judge(std::string_view text) { return judge(*gate, text); }
  // The one that is kept: the second time the text is known to come again.
  JudgementPtr kept(std::string_view text) {
    (void)judge(text);
    return judge(text);
  }

  config::Config config;
  SnapshotPtr snapshot;
  std::shared_ptr<DatabaseRoute> route = std::make_shared<DatabaseRoute>();
  pipeline::Subject subject{"ann", {"analysts"}, "default"};
  pipeline::NameScope scope;
  std::uint64_t version = 1;
  pipeline::TextAnalyzer analyzer{pipeline::TextLimits{}, {}};
  JudgementCache cache;
  std::unique_ptr<StatementGate> gate;
  int refreshes = 0;
};

TEST_F(JudgementCacheTest, ATextThatComesAgainIsJudgedOnce) {
  const JudgementPtr first = judge("SELECT * FROM t");
  const JudgementPtr second = judge("SELECT * FROM t");
  EXPECT_NE(first, second);
  EXPECT_EQ(judge("SELECT * FROM t"), second);
  EXPECT_TRUE(second->allowed());
  const JudgementPtr denied = kept("SELECT * FROM secret.t");
  EXPECT_FALSE(denied->allowed());
  EXPECT_EQ(judge("SELECT * FROM secret.t"), denied);
}

TEST_F(JudgementCacheTest, SessionsOfTheSameUserAndScopeShare) {
  const JudgementPtr first = kept("SELECT * FROM t");
  const auto other = make_gate();
  EXPECT_EQ(judge(*other, "SELECT * FROM t"), first);
}

TEST_F(JudgementCacheTest, AnotherUserIsJudgedAnew) {
  const JudgementPtr first = kept("SELECT * FROM t");
  for (const pipeline::Subject& whom :
       {pipeline::Subject{"bob", {"analysts"}, "default"}, pipeline::Subject{"ann", {}, "default"},
        pipeline::Subject{"ann", {"analysts"}, "other"}}) {
    subject = whom;
    const auto other = make_gate();
    EXPECT_NE(judge(*other, "SELECT * FROM t"), first) << whom.user;
  }
}

TEST_F(JudgementCacheTest, AnotherScopeIsJudgedAnew) {
  EXPECT_TRUE(kept("SELECT * FROM t")->allowed());
  scope.search_path = {"secret"};
  ++version;
  EXPECT_FALSE(judge("SELECT * FROM t")->allowed());
  scope.search_path = {"open"};
  ++version;
  EXPECT_TRUE(judge("SELECT * FROM t")->allowed());
  scope.search_path_known = false;
  ++version;
  EXPECT_FALSE(judge("SELECT * FROM t")->allowed());
}

TEST_F(JudgementCacheTest, AReloadIsJudgedAnew) {
  EXPECT_TRUE(kept("SELECT * FROM t")->allowed());
  gate->update(make_snapshot({}));
  EXPECT_FALSE(judge("SELECT * FROM t")->allowed());
}

TEST_F(JudgementCacheTest, AnotherCatalogIsJudgedAnew) {
  const JudgementPtr first = kept("SELECT * FROM t");
  route->catalog->publish(small_catalog());
  gate->update(snapshot);
  const JudgementPtr second = judge("SELECT * FROM t");
  EXPECT_NE(second, first);
  EXPECT_EQ(judge("SELECT * FROM t"), second);
}

TEST_F(JudgementCacheTest, WhatMissesANameAsksForTheCatalogEachTime) {
  for (int i = 1; i <= 3; ++i) {
    (void)judge("SELECT * FROM nowhere");
    EXPECT_EQ(refreshes, i);
    route->catalog->load_started();
    route->catalog->load_failed();
  }
}

TEST_F(JudgementCacheTest, TextsOfTheSameFormKeepTheirLengths) {
  EXPECT_EQ(kept("SELECT 1 FROM t")->facts->sql_bytes, 15U);
  EXPECT_EQ(judge("SELECT 100 FROM t")->facts->sql_bytes, 17U);
  EXPECT_EQ(judge("SELECT 2 FROM t")->facts->sql_bytes, 15U);
}

TEST_F(JudgementCacheTest, RawTextsAreNotShared) {
  config.audit.log_sql = config::AuditSql::raw;
  gate->update(make_snapshot(open_rules()));
  EXPECT_EQ(kept("SELECT 1 FROM t")->facts->sql, "SELECT 1 FROM t");
  EXPECT_EQ(judge("SELECT 2 FROM t")->facts->sql, "SELECT 2 FROM t");
}

TEST_F(JudgementCacheTest, HoldsABoundedNumber) {
  const JudgementPtr judgement = kept("SELECT * FROM t");
  const auto analysis = analyzer.analyze("SELECT * FROM t", TextEncoding::utf8).analysis;
  constexpr std::size_t kMany = 10'000;
  for (std::size_t i = 0; i < kMany; ++i) cache.insert({1, analysis.get(), i, 0}, analysis, judgement);
  std::size_t found = 0;
  for (std::size_t i = 0; i < kMany; ++i) found += cache.find({1, analysis.get(), i, 0}) ? 1U : 0U;
  EXPECT_LE(found, 1024U);
  EXPECT_GT(found, 512U);
}

TEST_F(JudgementCacheTest, AForgottenBasisGetsAnotherNumber) {
  const auto catalog = route->catalog->current();
  const auto first = cache.basis_of(snapshot, catalog, subject, scope);
  EXPECT_EQ(cache.basis_of(snapshot, catalog, subject, scope), first);
  for (int i = 0; i < 100; ++i) {
    EXPECT_GT(cache.basis_of(snapshot, catalog, {"user" + std::to_string(i), {}, {}}, scope), first);
  }
  EXPECT_GT(cache.basis_of(snapshot, catalog, subject, scope), first);
}

}  // namespace
}  // namespace sqlproxy::frontend::testing
