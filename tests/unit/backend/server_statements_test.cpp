#include "backend/server_statements.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sqlproxy::backend {
namespace {

using Change = ServerStatements::Change;

class ServerStatementsTest : public ::testing::Test {
 protected:
  void define(std::string_view name, std::uint64_t client = 0) {
    StatementOnServer made;
    made.statement = StatementStore::make_nameless(name, "");
    made.client = client;
    statements.expect(++payload_, 1, Change::define, name, std::move(made));
    statements.confirm(payload_);
  }
  void fill() {
    for (std::size_t i = 0; i < ServerStatements::kCapacity; ++i) define("s" + std::to_string(i));
  }

  ServerStatements statements;

 private:
  std::uint32_t payload_ = 0;
};

TEST_F(ServerStatementsTest, KnowsWhatTheServerHas) {
  define("a");
  ASSERT_NE(statements.find("a").value, nullptr);
  EXPECT_EQ(statements.find("a").value->statement->text, "a");
  EXPECT_FALSE(statements.find("a").value->worn_out);
  statements.wear_out("a");
  statements.wear_out("nobody");
  EXPECT_TRUE(statements.find("a").value->worn_out);
  define("");
  statements.forget_unnamed();
  EXPECT_EQ(statements.find("").value, nullptr);
  statements.lose_all();
  EXPECT_EQ(statements.size(), 0U);
}

TEST_F(ServerStatementsTest, TheVictimIsTheOneThatWasNotUsedForTheLongestTime) {
  define("");
  EXPECT_EQ(statements.victim(), "");
  fill();
  (void)statements.use("s0");
  EXPECT_EQ(statements.victim(), "s1");
  EXPECT_EQ(statements.victim(), "s2");
  // Used after it was found.
  (void)statements.use("s3");
  EXPECT_EQ(statements.victim(), "s4");
  // One whose end is expected, or that is not certain to be there.
  statements.expect(9999, 2, Change::remove, "s5");
  EXPECT_EQ(statements.victim(), "s6");
}

TEST_F(ServerStatementsTest, ALongPipelineFindsVictimsToo) {
  fill();
  std::set<std::string> victims;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::string victim = statements.victim();
    if (!victim.empty()) {
      EXPECT_TRUE(victims.insert(victim).second);
      statements.expect(100'000 + 2 * i, 2, Change::remove, victim);
    }
    statements.expect(100'001 + 2 * i, 2, Change::define, "new" + std::to_string(i));
  }
  EXPECT_EQ(victims.size(), ServerStatements::kCapacity);
  for (std::uint32_t i = 0; i < 10'000; ++i) statements.confirm(100'000 + i);
  EXPECT_EQ(statements.size(), 5000U);
  // It comes down again, with the next search.
  std::string next;
  for (int i = 0; i < 100 && next.empty(); ++i) next = statements.victim();
  EXPECT_EQ(next, "new0");
}

TEST_F(ServerStatementsTest, RemembersThatThereAreNamesOfOthers) {
  EXPECT_FALSE(statements.may_have_names_of_others(1));
  define("shared");
  EXPECT_FALSE(statements.may_have_names_of_others(1));
  define("own", 1);
  EXPECT_FALSE(statements.may_have_names_of_others(1));
  EXPECT_TRUE(statements.may_have_names_of_others(2));
  define("another's", 2);
  EXPECT_TRUE(statements.may_have_names_of_others(1));
  EXPECT_TRUE(statements.may_have_names_of_others(2));
  statements.belong_to(2);
  EXPECT_FALSE(statements.may_have_names_of_others(2));
  statements.lose_all();
  EXPECT_FALSE(statements.may_have_names_of_others(3));
}

}  // namespace
}  // namespace sqlproxy::backend
