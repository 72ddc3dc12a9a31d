#include "audit/batch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/line_record.hpp"
#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::member;
using testing::split_lines;
using testing::statement_event;

constexpr core::WallTime kNow{std::chrono::microseconds{1'795'163'400'000'000}};

TEST(Batch, NumbersAndChainsItsLines) {
  Batch batch("node", true, LineFormat::native, {});
  batch.add(statement_event());
  batch.add(statement_event());
  const std::vector<std::string> lines = split_lines(batch.lines());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(batch.first_sequence(), 1U);
  const auto first = parse_line(lines[0]);
  const auto second = parse_line(lines[1]);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->sequence, 1U);
  EXPECT_EQ(first->prev_hash, kChainStart);
  EXPECT_EQ(second->sequence, 2U);
  EXPECT_EQ(second->prev_hash, first->hash);
}

// The definition of docs/audit.md, on a line whose hash was computed with sha256sum.
TEST(LineHasher, IsSha256OverPrevHashAndTheLineWithoutItsHash) {
  LineHasher hasher;
  EXPECT_EQ(hasher.hash("", "", "}"), "d10b36aa74a59bcf4a88185837f658afaf3646eff2bb16c3928d0e9335e945d2");
  EXPECT_EQ(hasher.hash(kChainStart, R"({"sequence_num":1,"prev_hash":"0")", "}"),
            "b1c534a1b1c6cdb3be0a515c59acce7762a28f3a09609e92344daaa75936cbf4");
}

TEST(Batch, GoesOnWhereTheTrailStands) {
  const std::string hash(64, 'a');
  Batch batch("node", true, LineFormat::native, {41, hash, true});
  batch.add(statement_event());
  EXPECT_EQ(batch.first_sequence(), 42U);
  EXPECT_EQ(member(batch.lines(), "prev_hash"), "\"" + hash + "\"");
  batch.clear();
  batch.add(statement_event());
  EXPECT_EQ(batch.first_sequence(), 43U);
}

TEST(Batch, ALostEventTakesASequenceNumber) {
  Batch batch("node", true, LineFormat::native, {10, "", true});
  batch.add(statement_event());
  batch.add_overflow(5, kNow);
  batch.add(statement_event());
  const std::vector<std::string> lines = split_lines(batch.lines());
  EXPECT_EQ(member(lines[0], "sequence_num"), "11");
  EXPECT_EQ(member(lines[1], "sequence_num"), "17");
  EXPECT_EQ(member(lines[1], "kind"), "\"overflow\"");
  EXPECT_EQ(member(lines[1], "dropped"), "5");
  EXPECT_EQ(member(lines[2], "sequence_num"), "18");
}

TEST(Batch, WithoutAChainTheHashesAreNull) {
  Batch batch("node", false, LineFormat::native, {});
  batch.add(statement_event());
  EXPECT_EQ(member(batch.lines(), "prev_hash"), "null");
  EXPECT_EQ(member(batch.lines(), "hash"), "null");
  EXPECT_TRUE(parse_line(split_lines(batch.lines())[0]).has_value());
}

TEST(Batch, IsFullAtAThousandEventsOrFourMegabytes) {
  Batch batch("node", true, LineFormat::native, {});
  for (int i = 0; i < 999; ++i) batch.add(statement_event());
  EXPECT_FALSE(batch.full());
  batch.add(statement_event());
  EXPECT_TRUE(batch.full());
  batch.clear();
  for (int i = 0; i < 5; ++i) batch.add(statement_event(std::string(1024 * 1024, 'x')));
  EXPECT_TRUE(batch.full());
}

TEST(ParseLine, RefusesWhatTheTrailCannotRelyOn) {
  Batch batch("node", true, LineFormat::native, {});
  batch.add(statement_event());
  const std::string good = split_lines(batch.lines())[0];
  ASSERT_TRUE(parse_line(good).has_value());
  const auto with = [&good](std::string_view from, std::string_view to) {
    std::string changed = good;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  EXPECT_FALSE(parse_line(with("\"sequence_num\":1", "\"sequence_num\":-1")));
  EXPECT_FALSE(parse_line(with("\"sequence_num\":1", "\"sequence_num\":1.5")));
  EXPECT_FALSE(parse_line(with("\"sequence_num\":1", "\"sequence_num\":1,\"sequence_num\":2")));
  EXPECT_FALSE(parse_line(with("\"sequence_num\":1", "\"sequence_num\":99999999999999999999")));
  EXPECT_FALSE(parse_line(with(",\"hash\":\"", ",\"hash\":\"f")));
  EXPECT_FALSE(parse_line(with(",\"hash\":\"", ", \"hash\":\"")));
  EXPECT_FALSE(parse_line(with("\"prev_hash\":\"0", "\"prev_hash\":\"X")));
  EXPECT_FALSE(parse_line(with("\"kind\":\"statement\"", "\"kind\":\"overflow\""))) << "without its count";
  EXPECT_FALSE(parse_line(good + ","));
  EXPECT_FALSE(parse_line(good.substr(0, good.size() - 1)));
  EXPECT_FALSE(parse_line(""));
}

}  // namespace
}  // namespace sqlproxy::audit
