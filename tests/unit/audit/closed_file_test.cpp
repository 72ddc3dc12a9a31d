#include "audit/closed_file.hpp"

#include <gtest/gtest.h>

#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

constexpr core::WallTime kTime{std::chrono::microseconds{1'795'163'400'000'000}};

TEST(ClosedFile, NamesHoldTheTimeAndTheFirstSequence) {
  EXPECT_EQ(closed_file_name("log/audit.jsonl", kTime, 1234), "log/audit.jsonl.2026-11-20T08-30-00.000000001234");
  EXPECT_EQ(closed_file_name("audit.jsonl", kTime, 1'234'567'890'123'456),
            "audit.jsonl.2026-11-20T08-30-00.1234567890123456");
  EXPECT_EQ(torn_file_name("audit.jsonl", kTime), "audit.jsonl.torn.2026-11-20T08-30-00");
}

TEST(ClosedFile, ReadsItsOwnNamesOnly) {
  const auto file = parse_closed_file_name("audit.jsonl", closed_file_name("audit.jsonl", kTime, 77));
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->first_sequence, 77U);
  EXPECT_FALSE(file->compressed);
  EXPECT_TRUE(parse_closed_file_name("audit.jsonl", "audit.jsonl.2026-11-20T08-30-00.000000000077.zst")->compressed);
  for (const char* name :
       {"audit.jsonl", "audit.jsonl.1", "audit.jsonl.torn.2026-11-20T08-30-00",
        "other.jsonl.2026-11-20T08-30-00.000000000077", "audit.jsonl.2026-11-20T08-30-00.000000000077.zst.tmp",
        "audit.jsonl.2026-11-20T08:30:00.000000000077", "audit.jsonl.2026-11-20T08-30-00.00000000007x",
        "audit.jsonl.2026-11-20T08-30-00.77", "audit.jsonl.2026-11-20T08-30-00",
        "audit.jsonl.2026-11-20T08-30-00.000000000077.gz"}) {
    EXPECT_FALSE(parse_closed_file_name("audit.jsonl", name).has_value()) << name;
  }
}

TEST(ClosedFile, ListsInOrderOfTheSequenceWhateverTheClockDid) {
  testing::TemporaryFolder folder;
  const std::filesystem::path path = folder / "audit.jsonl";
  testing::write_file(closed_file_name(path, kTime, 200), "");
  testing::write_file(closed_file_name(path, kTime + std::chrono::hours{1}, 100).string() + ".zst", "");
  testing::write_file(path, "");
  testing::write_file(folder / "audit.jsonl.old", "");
  const auto files = list_closed_files(path);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].first_sequence, 100U);
  EXPECT_EQ(files[1].first_sequence, 200U);
}

}  // namespace
}  // namespace sqlproxy::audit
