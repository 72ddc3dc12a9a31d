#include "audit/chain_verifier.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/batch.hpp"
#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::split_lines;
using testing::statement_event;

constexpr core::WallTime kNow{std::chrono::microseconds{1'795'163'400'000'000}};

// Six lines; the fourth is an overflow event for 3 lost ones: sequence 1 2 3 7 8 9.
std::vector<std::string> sample(bool chain = true) {
  Batch batch("node", chain, LineFormat::native, {});
  for (int i = 0; i < 3; ++i) batch.add(statement_event("SELECT " + std::to_string(i)));
  batch.add_overflow(3, kNow);
  batch.add(statement_event("SELECT 4"));
  batch.add(statement_event("SELECT 5"));
  return split_lines(batch.lines());
}

struct Fault {
  std::size_t line;
  std::string reason;
};

std::vector<Fault> faults(const std::vector<std::string>& lines) {
  ChainVerifier verifier;
  std::vector<Fault> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (auto reason = verifier.check(lines[i])) found.push_back({i, *reason});
  }
  return found;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ChainVerifier, ASoundTrailHasNoFaults) {
  ChainVerifier verifier;
  for (const std::string& line : sample()) EXPECT_EQ(verifier.check(line), std::nullopt);
  EXPECT_EQ(verifier.first_sequence(), 1U);
  EXPECT_EQ(verifier.last_sequence(), 9U);
  EXPECT_EQ(verifier.overflow_gaps(), 1U);
  EXPECT_EQ(verifier.events_dropped(), 3U);
  EXPECT_TRUE(verifier.begins_at_start());
  EXPECT_FALSE(verifier.ends_with_stop());
}

TEST(ChainVerifier, FindsEveryChangedByte) {
  const std::vector<std::string> lines = sample();
  for (std::size_t at = 0; at < lines[1].size(); ++at) {
    std::vector<std::string> changed = lines;
    changed[1][at] = static_cast<char>(changed[1][at] ^ 1);
    const std::vector<Fault> found = faults(changed);
    ASSERT_FALSE(found.empty()) << "byte " << at;
    EXPECT_EQ(found[0].line, 1U) << "byte " << at;
  }
}

TEST(ChainVerifier, FindsARemovedLine) {
  for (const std::size_t removed : {1U, 2U, 3U, 4U}) {
    std::vector<std::string> lines = sample();
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(removed));
    const std::vector<Fault> found = faults(lines);
    ASSERT_EQ(found.size(), 1U) << removed;
    EXPECT_EQ(found[0].line, removed);
    EXPECT_NE(found[0].reason.find("missing"), std::string::npos) << found[0].reason;
  }
}

TEST(ChainVerifier, TellsACoveredGapFromOneThatIsNot) {
  std::vector<std::string> lines = sample();
  lines.erase(lines.begin() + 2);
  EXPECT_EQ(faults(lines)[0].reason,
            "sequence_num 7 follows 2: 4 events missing, but the overflow event accounts for 3");
  lines = sample();
  lines.erase(lines.begin() + 3);
  EXPECT_EQ(faults(lines)[0].reason,
            "sequence_num 8 follows 3: 4 events missing, and no overflow event accounts for that");
}

TEST(ChainVerifier, FindsSwappedAndRepeatedLines) {
  std::vector<std::string> lines = sample();
  std::swap(lines[1], lines[2]);
  EXPECT_EQ(faults(lines)[0].line, 1U);
  lines = sample();
  lines.insert(lines.begin() + 2, lines[1]);
  const std::vector<Fault> found = faults(lines);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 2U);
  EXPECT_EQ(found[0].reason, "sequence_num 2 follows 2: lines are out of order or repeated");
}

TEST(ChainVerifier, FindsALineThatWasRemovedAndTheRestNumberedAnew) {
  std::vector<std::string> lines = sample();
  lines.erase(lines.begin() + 1);
  lines[1] = replaced(lines[1], "\"sequence_num\":3", "\"sequence_num\":2");
  EXPECT_EQ(faults(lines)[0].reason, "the line was changed: its hash is not that of its content");
}

TEST(ChainVerifier, FindsALineThatWasHashedAnewByItself) {
  std::vector<std::string> lines = sample();
  Batch other("node", true, LineFormat::native, {1, std::string(64, 'b'), true});
  other.add(statement_event("SELECT 'forged'"));
  lines[1] = split_lines(other.lines())[0];
  const std::vector<Fault> found = faults(lines);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].reason, "prev_hash is not the hash of the line before");
}

TEST(ChainVerifier, FindsHashesThatWereTakenOff) {
  std::vector<std::string> lines = sample();
  const std::vector<std::string> plain = sample(false);
  lines[4] = plain[4];
  lines[5] = plain[5];
  const std::vector<Fault> found = faults(lines);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 4U);
  EXPECT_EQ(found[0].reason, "the line is not chained, but the line before it is");
}

TEST(ChainVerifier, FindsInsertedGarbage) {
  std::vector<std::string> lines = sample();
  lines.insert(lines.begin() + 2, "garbage");
  const std::vector<Fault> found = faults(lines);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 2U);
}

TEST(ChainVerifier, SaysWhereACutTrailBegins) {
  std::vector<std::string> lines = sample();
  lines.erase(lines.begin(), lines.begin() + 2);
  ChainVerifier verifier;
  for (const std::string& line : lines) EXPECT_EQ(verifier.check(line), std::nullopt);
  EXPECT_FALSE(verifier.begins_at_start());
  EXPECT_EQ(verifier.first_sequence(), 3U);
}

TEST(ChainVerifier, AFirstLineMustBeginTheChain) {
  Batch batch("node", true, LineFormat::native, {0, std::string(64, 'c'), true});
  batch.add(statement_event());
  ChainVerifier verifier;
  EXPECT_EQ(verifier.check(split_lines(batch.lines())[0]), "prev_hash is not that of the first line of a chain");
}

TEST(ChainVerifier, AnUnchainedTrailIsCheckedForItsSequence) {
  EXPECT_TRUE(faults(sample(false)).empty());
  std::vector<std::string> lines = sample(false);
  lines.erase(lines.begin() + 1);
  EXPECT_EQ(faults(lines).size(), 1U);
}

TEST(ChainVerifier, AChainMayBeginAfterUnchainedLines) {
  std::vector<std::string> lines = sample(false);
  Batch later("node", true, LineFormat::native, {9, "", true});
  later.add(statement_event());
  lines.push_back(split_lines(later.lines())[0]);
  EXPECT_TRUE(faults(lines).empty());
}

}  // namespace
}  // namespace sqlproxy::audit
