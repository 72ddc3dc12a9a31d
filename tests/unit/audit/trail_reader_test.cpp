#include "audit/trail_reader.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "audit/batch.hpp"
#include "audit/file_sink.hpp"
#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::statement_event;
using testing::TemporaryFolder;

using Numbers = std::vector<std::uint64_t>;

Numbers range(std::uint64_t first, std::uint64_t last) {
  Numbers numbers;
  for (std::uint64_t n = first; n <= last; ++n) numbers.push_back(n);
  return numbers;
}

class TrailReaderTest : public ::testing::Test {
 protected:
  TrailReaderTest() { open(); }

  void open(bool compress = false) {
    sink_.reset();
    FileSinkOptions options;
    options.path = path_;
    options.rotate_daily = false;
    options.compress = compress;
    options.keep = 0;
    sink_ = std::make_unique<FileSink>(options);
    const core::Result<TrailPosition> position = sink_->open();
    ASSERT_TRUE(position.has_value());
    batch_ = std::make_unique<Batch>("node", true, LineFormat::native, *position);
  }

  void store(int count) {
    for (int i = 0; i < count; ++i) batch_->add(statement_event());
    store_batch();
  }
  void store_batch() {
    ASSERT_TRUE(sink_->store(batch_->lines(), batch_->first_sequence(), Durability::batch));
    stored_ = batch_->last_sequence();
    batch_->clear();
  }
  void rotate() { ASSERT_TRUE(sink_->begin_anew()); }

  // What is there up to the last stored line.
  Numbers read() {
    Numbers numbers;
    for (;;) {
      const auto line = reader_.next(stored_);
      EXPECT_TRUE(line.has_value()) << line.error().message;
      if (!line || !line->has_value()) return numbers;
      numbers.push_back((*line)->sequence);
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "audit.jsonl";
  std::unique_ptr<FileSink> sink_;
  std::unique_ptr<Batch> batch_;
  std::uint64_t stored_ = 0;
  TrailReader reader_{{path_}};
};

TEST_F(TrailReaderTest, ReadsWhatIsStoredAndWaitsForMore) {
  EXPECT_EQ(read(), Numbers{});
  store(3);
  EXPECT_EQ(read(), range(1, 3));
  EXPECT_EQ(read(), Numbers{});
  store(2);
  EXPECT_EQ(read(), range(4, 5));
}

TEST_F(TrailReaderTest, BeginsBehindAPosition) {
  store(5);
  rotate();
  store(5);
  for (std::uint64_t position = 0; position <= 10; ++position) {
    reader_.seek(position);
    EXPECT_EQ(read(), range(position + 1, 10)) << position;
  }
}

TEST_F(TrailReaderTest, FollowsRotation) {
  store(3);
  EXPECT_EQ(read(), range(1, 3));
  store(2);
  rotate();
  store(2);
  rotate();
  rotate();
  store(1);
  EXPECT_EQ(read(), range(4, 8));
}

TEST_F(TrailReaderTest, ReadsCompressedFiles) {
  open(true);
  store(4);
  rotate();
  store(4);
  rotate();
  store(1);
  sink_->wait_for_archive();
  reader_.seek(2);
  EXPECT_EQ(read(), range(3, 9));
}

TEST_F(TrailReaderTest, ReadsOnInAFileThatWasCompressedMeanwhile) {
  open(true);
  store(4);
  const auto first = reader_.next(stored_);
  ASSERT_TRUE(first && first->has_value());
  rotate();
  store(4);
  sink_->wait_for_archive();
  EXPECT_EQ(read(), range(2, 8));
}

TEST_F(TrailReaderTest, LinesBehindTheStoredOnesAreNotRead) {
  store(2);
  std::string lines;
  {
    Batch ahead("node", true, LineFormat::native, {stored_, std::string(64, '0'), false});
    ahead.add(statement_event("SELECT 'taken back'"));
    ahead.add(statement_event("SELECT 'taken back'"));
    lines = ahead.lines();
  }
  const auto size = std::filesystem::file_size(path_);
  std::ofstream(path_, std::ios::app) << lines.substr(0, lines.size() - 10);
  EXPECT_EQ(read(), range(1, 2));
  // The sink takes a failed write back, and other lines get its place.
  std::filesystem::resize_file(path_, size);
  store(3);
  const auto line = reader_.next(stored_);
  ASSERT_TRUE(line && line->has_value());
  EXPECT_EQ((*line)->sequence, 3U);
  EXPECT_EQ((*line)->native.find("taken back"), std::string_view::npos);
  EXPECT_EQ(read(), range(4, 5));
}

TEST_F(TrailReaderTest, FollowsAFileThatWasMovedAway) {
  store(3);
  const auto first = reader_.next(stored_);
  ASSERT_TRUE(first && first->has_value());
  store(1);
  std::filesystem::rename(path_, folder_ / "elsewhere");
  ASSERT_TRUE(sink_->maintain());
  store(2);
  EXPECT_EQ(read(), range(2, 6)) << "the file that was open is read to its end";
}

TEST_F(TrailReaderTest, FollowsTheTrailToAnotherPath) {
  store(3);
  const auto first = reader_.next(stored_);
  ASSERT_TRUE(first && first->has_value());
  rotate();
  store(2);
  path_ = folder_ / "other.jsonl";
  FileSinkOptions options;
  options.path = path_;
  sink_ = std::make_unique<FileSink>(options);
  ASSERT_TRUE(sink_->open());
  reader_.follow(path_);
  store(2);
  EXPECT_EQ(read(), range(2, 7));
}

TEST_F(TrailReaderTest, PassesOverNumbersThatWereDropped) {
  store(2);
  batch_->add_overflow(40, core::WallTime{});
  store_batch();
  rotate();
  batch_->add_overflow(5, core::WallTime{});
  store_batch();
  EXPECT_EQ(read(), (Numbers{1, 2, 43, 49}));
  reader_.seek(43);
  EXPECT_EQ(read(), (Numbers{49}));
}

TEST_F(TrailReaderTest, ReadsLongLines) {
  batch_->add(statement_event(std::string(1'000'000, '\x01')));
  batch_->add(statement_event("SELECT 1"));
  store_batch();
  EXPECT_EQ(read(), range(1, 2));
}

TEST_F(TrailReaderTest, DamagedLinesAreCountedAndPassedOver) {
  store(3);
  std::string text = testing::read_file(path_);
  text.replace(text.find('\n') + 1, 5, "#####");
  testing::write_file(path_, text);
  EXPECT_EQ(read(), (Numbers{1, 3}));
  EXPECT_EQ(reader_.damaged(), 1U);
}

TEST_F(TrailReaderTest, BeginsAtTheOldestFileThatIsLeft) {
  store(3);
  rotate();
  store(3);
  std::filesystem::remove(folder_.path() / [&] {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      if (entry.path() != path_) return entry.path().filename();
    }
    return std::filesystem::path();
  }());
  EXPECT_EQ(read(), range(4, 6));
}

}  // namespace
}  // namespace sqlproxy::audit
