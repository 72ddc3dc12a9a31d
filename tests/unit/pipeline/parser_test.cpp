#include "pipeline/parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "pipeline/pg_query_tree.hpp"

namespace sqlproxy::pipeline {
namespace {

TEST(PgQueryTree, LayoutIsThatOfTheHeaders) {
  EXPECT_TRUE(tree_layout_is_sound());
}

TEST(ParseTree, HasAStatementForEachOfTheText) {
  EXPECT_EQ(ParseTree::parse("")->statements(), nullptr);
  EXPECT_EQ(ParseTree::parse(" ; /* x */ ;; ")->statements(), nullptr);
  const auto tree = ParseTree::parse("SELECT 1; ; SELECT 2;");
  ASSERT_TRUE(tree);
  EXPECT_EQ(cells(tree->statements()).size(), 2U);
}

TEST(ParseTree, TwoCanBeAliveAtOnce) {
  auto outer = ParseTree::parse("SELECT * FROM a");
  {
    const auto inner = ParseTree::parse("SELECT * FROM b");
    ASSERT_TRUE(inner);
  }
  ASSERT_TRUE(outer);
  const ParseTree moved = std::move(outer).value();
  const Node* select = as<RawStmt>(node_at(moved.statements(), 0)).stmt;
  EXPECT_EQ(text_of(as<RangeVar>(node_at(as<SelectStmt>(select).fromClause, 0)).relname), "a");
}

struct ErrorRow {
  std::string_view sql;
  std::string_view sqlstate;
  std::string_view message;
  int position;
};

// Message, SQLSTATE and position are those of PostgreSQL 15's own answers to the same texts.
TEST(ParseTree, ErrorsArePostgresqls) {
  const ErrorRow rows[] = {
      {"SELEC 1", "42601", "syntax error at or near \"SELEC\"", 1},
      {"SELECT 1 FROM", "42601", "syntax error at end of input", 14},
      // Positions count characters, not bytes.
      {"SELECT 'é', é FROM 'x", "42601", "unterminated quoted string at or near \"'x\"", 20},
      {"SELECT \"\"", "42601", "zero-length delimited identifier at or near \"\"\"\"", 8},
      {"SELECT 1 /* x", "42601", "unterminated /* comment at or near \"/* x\"", 10},
      {"SELECT $$x", "42601", "unterminated dollar-quoted string at or near \"$$x\"", 8},
      {"SELECT E'\\ux'", "22025", "invalid Unicode escape", 10},
      {"SELECT a.b.c.d.e FROM a.b.c.d", "42601", "improper qualified name (too many dotted names): a.b.c.d", 23},
      {"CREATE ASSERTION a CHECK (true)", "0A000", "CREATE ASSERTION is not yet implemented", 0},
      {"CREATE TABLE t (a int REFERENCES u MATCH PARTIAL)", "0A000", "MATCH PARTIAL not yet implemented", 36},
      {"SELECT 1::float(99)", "22023", "precision for type float must be less than 54 bits", 17},
      {"CREATE ROLE public", "42939", "role name \"public\" is reserved", 13},
      {"ALTER DATABASE a SET TABLESPACE b c", "42601", "syntax error at or near \"c\"", 35},
      {"SELECT sum(a) OVER (ROWS UNBOUNDED FOLLOWING)", "42P20", "frame start cannot be UNBOUNDED FOLLOWING", 26},
      // What the client wrote does not choose the SQLSTATE.
      {"SELECT 'x' \"memory exhausted\" \"memory exhausted\"", "42601",
       "syntax error at or near \"\"memory exhausted\"\"", 31},
  };
  for (const ErrorRow& row : rows) {
    SCOPED_TRACE(row.sql);
    const auto tree = ParseTree::parse(row.sql);
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().sqlstate.text(), row.sqlstate);
    EXPECT_EQ(tree.error().message, row.message);
    EXPECT_EQ(tree.error().position, row.position);
  }
}

TEST(ParseTree, RefusesAZeroByte) {
  const auto tree = ParseTree::parse(std::string_view("SELECT 1\0; DROP TABLE t", 23));
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().sqlstate.text(), "22021");
}

TEST(ParseTree, NestingBeyondTheGrammarsStackIsALimit) {
  const auto tree = ParseTree::parse("SELECT " + std::string(20'000, '(') + "1" + std::string(20'000, ')'));
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().sqlstate.text(), "54001");
  EXPECT_EQ(tree.error().code, core::ErrorCode::limit_exceeded);
}

TEST(ParseTree, ThreadsDoNotMeet) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      const std::string name = "t" + std::to_string(t);
      for (int i = 0; i < 500; ++i) {
        const auto tree = ParseTree::parse("SELECT * FROM " + name);
        ASSERT_TRUE(tree);
        const Node* select = as<RawStmt>(node_at(tree->statements(), 0)).stmt;
        ASSERT_EQ(text_of(as<RangeVar>(node_at(as<SelectStmt>(select).fromClause, 0)).relname), name);
        ASSERT_FALSE(ParseTree::parse("SELECT FROM FROM " + name));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sqlproxy::pipeline
