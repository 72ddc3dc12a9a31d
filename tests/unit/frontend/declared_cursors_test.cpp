#include "frontend/declared_cursors.hpp"

#include <gtest/gtest.h>

#include "pipeline/analyzer.hpp"

namespace sqlproxy::frontend {
namespace {

DeclaredCursor declared(std::string_view sql, std::uint32_t group) {
  DeclaredCursor cursor;
  cursor.analysis = std::make_shared<const pipeline::Analysis>(pipeline::analyze(sql));
  cursor.name = cursor.statement().cursor.name;
  cursor.group = group;
  return cursor;
}

TEST(DeclaredCursors, EachDeclareOfANameCounts) {
  DeclaredCursors cursors;
  const DeclaredCursor first = declared("DECLARE c CURSOR FOR SELECT 1", 1);
  cursors.add(first);
  // The message is judged again after it has waited.
  cursors.add(first);
  cursors.add(declared("DECLARE c CURSOR FOR SELECT 2", 1));
  cursors.add(declared("DECLARE d CURSOR FOR SELECT 3", 1));
  EXPECT_EQ(cursors.find("c").size(), 2U);
  EXPECT_EQ(cursors.find("c").front()->analysis, first.analysis);
  cursors.close("c");
  EXPECT_TRUE(cursors.find("c").empty());
  EXPECT_EQ(cursors.find("d").size(), 1U);
  cursors.close_all();
  EXPECT_TRUE(cursors.empty());
}

TEST(DeclaredCursors, HeldOnesOutliveTheirTransaction) {
  DeclaredCursors cursors;
  cursors.add(declared("DECLARE a CURSOR FOR SELECT 1", 1));
  cursors.add(declared("DECLARE b CURSOR WITH HOLD FOR SELECT 1", 1));
  // Sent behind the end of that transaction.
  cursors.add(declared("DECLARE c CURSOR FOR SELECT 1", 2));
  cursors.on_idle(1);
  EXPECT_TRUE(cursors.find("a").empty());
  EXPECT_EQ(cursors.find("b").size(), 1U);
  EXPECT_EQ(cursors.find("c").size(), 1U);
}

TEST(DeclaredCursors, AreBounded) {
  DeclaredCursors cursors;
  const DeclaredCursor cursor = declared("DECLARE c CURSOR WITH HOLD FOR SELECT 1", 0);
  for (std::uint32_t group = 0; group < 2 * DeclaredCursors::kMax; ++group) {
    DeclaredCursor next = cursor;
    next.group = group;
    cursors.add(std::move(next));
  }
  EXPECT_EQ(cursors.find("c").size(), DeclaredCursors::kMax);
  EXPECT_EQ(cursors.find("c").front()->group, DeclaredCursors::kMax);
}

}  // namespace
}  // namespace sqlproxy::frontend
