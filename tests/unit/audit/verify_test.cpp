#include "audit/verify.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <string>
#include <vector>

#include "audit/batch.hpp"
#include "audit/compress_file.hpp"
#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::join_lines;
using testing::read_file;
using testing::split_lines;
using testing::statement_event;
using testing::TemporaryFolder;
using testing::write_file;

// A trail of nine lines in three files: a (1-3), b (4-6), c (7-9); the last one is a graceful stop.
class VerifyTest : public ::testing::Test {
 protected:
  VerifyTest() {
    Batch batch("node", true, LineFormat::native, {});
    for (const auto& path : {a_, b_, c_}) {
      for (int i = 0; i < 3; ++i) {
        Event event = statement_event();
        if (path == c_ && i == 2) {
          event.kind = EventKind::admin;
          event.action = "audit_stop";
        }
        batch.add(event);
      }
      write_file(path, batch.lines());
      batch.clear();
    }
  }

  VerifyReport verify(const std::vector<std::filesystem::path>& paths) {
    std::ostringstream out;
    VerifyReport report = verify_files(paths, out);
    output_ = out.str();
    return report;
  }

  void compress(const std::filesystem::path& path) {
    const std::atomic<bool> cancelled{false};
    ASSERT_TRUE(compress_file(path, path.string() + ".zst", cancelled));
    std::filesystem::remove(path);
  }

  TemporaryFolder folder_;
  // Names whose order is not that of the trail.
  std::filesystem::path a_ = folder_ / "z.jsonl";
  std::filesystem::path b_ = folder_ / "y.jsonl";
  std::filesystem::path c_ = folder_ / "x.jsonl";
  std::string output_;
};

TEST_F(VerifyTest, TakesFilesInAnyOrderPlainOrCompressed) {
  compress(b_);
  const VerifyReport report = verify({c_, b_.string() + ".zst", a_});
  EXPECT_TRUE(report.sound()) << output_;
  EXPECT_EQ(report.files, 3U);
  EXPECT_EQ(report.lines, 9U);
  EXPECT_EQ(report.first_sequence, 1U);
  EXPECT_EQ(report.last_sequence, 9U);
  EXPECT_NE(output_.find("sound: 9 events in 3 files, sequence_num 1 to 9"), std::string::npos) << output_;
  EXPECT_NE(output_.find("end: a graceful stop"), std::string::npos) << output_;
  EXPECT_NE(output_.find(report.last_hash), std::string::npos);
}

TEST_F(VerifyTest, NamesTheFileAndLineOfTheFirstFault) {
  std::vector<std::string> lines = split_lines(read_file(b_));
  lines.erase(lines.begin() + 1);
  write_file(b_, join_lines(lines));
  const VerifyReport report = verify({a_, b_, c_});
  EXPECT_FALSE(report.sound());
  EXPECT_EQ(report.faults, 1U);
  EXPECT_EQ(report.first_fault,
            b_.string() + ":2: sequence_num 6 follows 4: 1 event missing, and no overflow event accounts for that");
  EXPECT_TRUE(output_.starts_with(report.first_fault)) << output_;
}

TEST_F(VerifyTest, FindsAMissingFile) {
  const VerifyReport report = verify({a_, c_});
  EXPECT_EQ(report.faults, 1U);
  EXPECT_TRUE(report.first_fault.starts_with(c_.string() + ":1: sequence_num 7 follows 3")) << report.first_fault;
}

TEST_F(VerifyTest, ACutHeadIsSaidAndACutEndIsSuspected) {
  const VerifyReport report = verify({b_});
  EXPECT_TRUE(report.sound());
  EXPECT_NE(output_.find("events before sequence_num 4 are not in these files"), std::string::npos) << output_;
  EXPECT_NE(output_.find("not a graceful stop"), std::string::npos) << output_;
}

TEST_F(VerifyTest, ATornLastLineIsAFault) {
  const std::string whole = read_file(c_);
  write_file(c_, whole.substr(0, whole.size() - 1));
  EXPECT_EQ(verify({a_, b_, c_}).first_fault, c_.string() + ":3: the line has no end");
}

TEST_F(VerifyTest, DamagedAndCutCompressedFilesAreFaults) {
  compress(b_);
  const std::filesystem::path compressed = b_.string() + ".zst";
  const std::string whole = read_file(compressed);
  write_file(compressed, whole.substr(0, whole.size() - 5));
  EXPECT_FALSE(verify({a_, compressed, c_}).sound());
  EXPECT_NE(output_.find("compressed data ends early"), std::string::npos) << output_;
  std::string changed = whole;
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 0x55);
  write_file(compressed, changed);
  EXPECT_FALSE(verify({a_, compressed, c_}).sound());
  write_file(compressed, "not zstd at all");
  EXPECT_FALSE(verify({compressed}).sound());
}

TEST_F(VerifyTest, FilesThatAreNotThereOrEmptyOrSomethingElse) {
  EXPECT_FALSE(verify({}).sound());
  EXPECT_FALSE(verify({folder_ / "missing"}).sound());
  EXPECT_NE(output_.find("No such file"), std::string::npos) << output_;
  EXPECT_FALSE(verify({folder_.path()}).sound());
  write_file(folder_ / "empty", "");
  EXPECT_FALSE(verify({folder_ / "empty"}).sound());
  EXPECT_TRUE(verify({a_, folder_ / "empty", b_}).sound()) << output_;
  write_file(folder_ / "text", "hello\nworld\n");
  const VerifyReport report = verify({a_, folder_ / "text"});
  EXPECT_EQ(report.faults, 2U);
}

TEST_F(VerifyTest, AFileThatIsBeingCompressedCountsOnce) {
  const std::string plain = read_file(b_);
  compress(b_);
  EXPECT_TRUE(verify({a_, b_, c_}).sound()) << "gone since the shell listed it: " << output_;
  write_file(b_, plain);
  EXPECT_TRUE(verify({a_, b_, b_.string() + ".zst", c_, a_}).sound()) << output_;
  EXPECT_EQ(verify({a_, b_, b_.string() + ".zst", c_}).files, 3U);
}

TEST_F(VerifyTest, SkipsSideFilesOfAShellPattern) {
  write_file(folder_ / "x.jsonl.torn.2026-11-20T08-30-00", "{\"event_id\":\"01");
  write_file(folder_ / "x.jsonl.2026-11-20T08-30-00.000000000001.zst.tmp", "half");
  EXPECT_TRUE(verify({a_, b_, c_, folder_ / "x.jsonl.torn.2026-11-20T08-30-00",
                      folder_ / "x.jsonl.2026-11-20T08-30-00.000000000001.zst.tmp"})
                  .sound())
      << output_;
}

TEST_F(VerifyTest, ShowsTheFirstTwentyFaultsAndCountsAll) {
  std::string garbage;
  for (int i = 0; i < 100; ++i) garbage += "x\n";
  write_file(folder_ / "garbage", garbage);
  EXPECT_EQ(verify({folder_ / "garbage"}).faults, 100U);
  EXPECT_LT(split_lines(output_).size(), 30U);
}

}  // namespace
}  // namespace sqlproxy::audit
