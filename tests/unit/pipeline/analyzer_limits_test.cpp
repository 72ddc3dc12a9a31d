// What hostile texts cost, and that nothing is ever passed over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <string>

#include "pipeline/tree_walker.hpp"
#include "tests/unit/pipeline/analysis_text.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

[[nodiscard]] std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

struct SmallStackRun {
  std::string sql;
  Analysis analysis;
};

// On a thread with a stack that recursion to the depth of these texts would exhaust.
[[nodiscard]] Analysis analyze_on_small_stack(std::string sql) {
  SmallStackRun run{std::move(sql), {}};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 512 * 1024);
  pthread_t thread;
  const auto body = [](void* argument) -> void* {
    auto& mine = *static_cast<SmallStackRun*>(argument);
    mine.analysis = analyze(mine.sql);
    return nullptr;
  };
  EXPECT_EQ(pthread_create(&thread, &attributes, body, &run), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  return std::move(run.analysis);
}

TEST(AnalyzerLimits, DepthCostsNoStack) {
  const std::string texts[] = {
      "SELECT 1" + repeated("+1", 100'000) + " FROM t",
      "SELECT * FROM t WHERE a = 1" + repeated(" OR a = 1", 50'000),
      "SELECT * FROM t WHERE a" + repeated(" || a", 50'000),
      "SELECT 1 FROM t" + repeated(" UNION SELECT 1", 20'000),
      "SELECT * FROM t" + repeated(" JOIN t ON true", 20'000),
      "SELECT " + repeated("(", 1000) + "1" + repeated(")", 1000) + " FROM t",
      "SELECT " + repeated("f(", 1000) + "1" + repeated(")", 1000) + " FROM t",
      "SELECT * FROM " + repeated("(SELECT * FROM ", 500) + "t" + repeated(") x", 500),
      "SELECT " + repeated("CASE WHEN 1 THEN ", 500) + "1" + repeated(" END", 500) + " FROM t",
      "SELECT 1" + repeated("::int", 50'000) + " FROM t",
      "SELECT " + repeated("NOT ", 3000) + "a FROM t",
  };
  for (const std::string& sql : texts) {
    SCOPED_TRACE(sql.substr(0, 40));
    const Analysis analysis = analyze_on_small_stack(sql);
    ASSERT_FALSE(analysis.error) << analysis.error->message;
    ASSERT_EQ(analysis.statements.size(), 1U);
    EXPECT_EQ(analysis.statements[0].objects.at(0).name.name, "t");
  }
}

TEST(AnalyzerLimits, ComparisonsAreBounded) {
  // Thousands of WITH names against thousands of references.
  std::string sql = "WITH a0 AS (SELECT 1)";
  for (int i = 1; i < 4000; ++i) sql += ", a" + std::to_string(i) + " AS (SELECT 1)";
  sql += " SELECT * FROM x" + repeated(", x", 4000);
  const Analysis analysis = analyze(sql);
  ASSERT_TRUE(analysis.error);
  EXPECT_EQ(analysis.error->sqlstate.text(), "54000");
  EXPECT_THAT(analysis.statements, IsEmpty());

  // Names in OF likewise.
  const Analysis locking =
      analyze("SELECT * FROM x" + repeated(", x", 4000) + " FOR UPDATE OF y" + repeated(", y", 4000));
  ASSERT_TRUE(locking.error);
  EXPECT_EQ(locking.error->sqlstate.text(), "54000");
}

TEST(AnalyzerLimits, OrdinaryNumbersAreFarFromTheBounds) {
  std::string sql = "WITH a0 AS (SELECT 1)";
  for (int i = 1; i < 300; ++i)
    sql += ", a" + std::to_string(i) + " AS (SELECT * FROM a" + std::to_string(i - 1) + ", t)";
  sql += " SELECT * FROM a299" + repeated(", t", 1000);
  EXPECT_FALSE(analyze(sql).error);
  EXPECT_FALSE(analyze("SELECT 1 WHERE a IN (1" + repeated(", 1", 200'000) + ")").error);
}

TEST(AnalyzerLimits, ReferencesAreBounded) {
  std::string sql = "SELECT f0()";
  for (int i = 1; i < 120'000; ++i) sql += ",f" + std::to_string(i) + "()";
  const Analysis analysis = analyze(sql);
  ASSERT_TRUE(analysis.error);
  EXPECT_EQ(analysis.error->sqlstate.text(), "54000");
}

TEST(AnalyzerLimits, TheBoundsAreTheMessages) {
  std::string one = "WITH a0 AS (SELECT 1)";
  for (int i = 1; i < 1000; ++i) one += ", a" + std::to_string(i) + " AS (SELECT 1)";
  one += " SELECT * FROM x" + repeated(", x", 1000) + ";";
  EXPECT_FALSE(analyze(one).error);
  const Analysis analysis = analyze(repeated(one, 5));
  ASSERT_TRUE(analysis.error);
  EXPECT_EQ(analysis.error->sqlstate.text(), "54000");
}

// The grammar cannot produce these nodes; a later one may.
TEST(AnalyzerLimits, AnUnknownNodeIsNotUnderstood) {
  for (const NodeTag tag : {T_Query, T_PLAssignStmt, T_Var, T_IntList, T_Invalid}) {
    Node unknown{tag};
    Statement statement;
    std::size_t steps = TreeWalker::kMaxSteps;
    EXPECT_EQ(TreeWalker(statement, steps).walk(&unknown), TreeWalker::Outcome::not_understood) << tag;
  }
}

TEST(AnalyzerLimits, AnUnknownNodeInsideIsNotUnderstood) {
  Node unknown{T_Query};
  SelectStmt select{};
  select.type = T_SelectStmt;
  select.whereClause = &unknown;
  Statement statement;
  std::size_t steps = TreeWalker::kMaxSteps;
  EXPECT_EQ(TreeWalker(statement, steps).walk(as_node(&select)), TreeWalker::Outcome::not_understood);
}

TEST(Analyzer, StatementsHaveTheirPlaces) {
  const std::string sql = "SELECT 'é;'; INSERT INTO t VALUES (1) ;;  -- x\n DELETE FROM u";
  const Analysis analysis = analyze(sql);
  ASSERT_EQ(analysis.statements.size(), 3U);
  std::vector<std::string> parts;
  for (const Statement& each : analysis.statements) parts.push_back(sql.substr(each.offset, each.length));
  EXPECT_THAT(parts, ElementsAre("SELECT 'é;'", " INSERT INTO t VALUES (1) ", "  -- x\n DELETE FROM u"));
  EXPECT_EQ(analysis.statements[1].objects[0].location, static_cast<int>(sql.find("t VALUES")));
}

TEST(Analyzer, AnEmptyTextHasNoStatements) {
  for (const std::string_view sql : {"", " ", ";", "-- x", "/* x */;;"}) {
    const Analysis analysis = analyze(sql);
    EXPECT_FALSE(analysis.error);
    EXPECT_THAT(analysis.statements, IsEmpty());
  }
}

TEST(Analyzer, ASyntaxErrorAnywhereLeavesNothing) {
  const Analysis analysis = analyze("SELECT 1; SELEC 2");
  ASSERT_TRUE(analysis.error);
  EXPECT_EQ(analysis.error->sqlstate.text(), "42601");
  EXPECT_EQ(analysis.error->position, 11);
  EXPECT_THAT(analysis.statements, IsEmpty());
}

// Names are PostgreSQL's: folded, and cut at 63 bytes.
TEST(Analyzer, NamesAreFoldedAndCut) {
  const std::string long_name(70, 'x');
  const Statement statement = test::analyze_one("SELECT * FROM Public.\"T\"\"q\", U&\"\\0061\", " + long_name);
  EXPECT_THAT(test::object_texts(statement),
              ElementsAre("public.T\"q: SELECT", "a: SELECT", std::string(63, 'x') + ": SELECT"));
}

}  // namespace
}  // namespace sqlproxy::pipeline
