#include "frontend/output_batch.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::frontend {
namespace {

TEST(OutputBatch, RelayedBytesThatFollowEachOtherAreNotCopied) {
  const std::string input = "one two three";
  const std::string_view view = input;
  OutputBatch batch;
  EXPECT_TRUE(batch.empty());
  batch.relay(view.substr(0, 3));
  batch.relay(view.substr(3, 0));
  batch.relay(view.substr(3, 4));
  EXPECT_EQ(batch.view(), "one two");
  EXPECT_EQ(batch.view().data(), input.data());
  batch.clear();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(batch.view(), "");
}

TEST(OutputBatch, AGapMakesACopy) {
  const std::string input = "one two three";
  const std::string_view view = input;
  OutputBatch batch;
  batch.relay(view.substr(0, 3));
  batch.relay(view.substr(7));
  EXPECT_EQ(batch.view(), "one three");
  EXPECT_EQ(input, "one two three");
}

TEST(OutputBatch, KeepsTheOrderOfOwnAndRelayedBytes) {
  const std::string input = "abcdef";
  const std::string_view view = input;
  OutputBatch batch;
  batch.own() += "<";
  batch.relay(view.substr(0, 2));
  batch.own() += "|";
  batch.relay(view.substr(2, 2));
  batch.relay(view.substr(4));
  batch.own() += ">";
  EXPECT_EQ(batch.view(), "<ab|cdef>");
  batch.clear();
  batch.relay(view.substr(0, 2));
  batch.own() += "!";
  EXPECT_EQ(batch.view(), "ab!");
}

TEST(OutputBatch, AnUnusedOwnBufferCostsNothing) {
  const std::string input = "abcdef";
  OutputBatch batch;
  (void)batch.own();
  EXPECT_TRUE(batch.empty());
  batch.relay(input);
  EXPECT_EQ(batch.view().data(), input.data());
  (void)batch.own();
  EXPECT_EQ(batch.view(), input);
}

TEST(OutputBatch, GivesTheMemoryOfALargeBatchBack) {
  OutputBatch batch;
  batch.own().assign(100000, 'x');
  batch.clear();
  EXPECT_LT(batch.own().capacity(), 100000U);
}

}  // namespace
}  // namespace sqlproxy::frontend
