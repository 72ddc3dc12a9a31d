#include "audit/file_sink.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "audit/batch.hpp"
#include "audit/closed_file.hpp"
#include "audit/compress_file.hpp"
#include "audit/trail.hpp"
#include "audit/verify.hpp"
#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::member;
using testing::read_file;
using testing::split_lines;
using testing::statement_event;
using testing::TemporaryFolder;
using testing::write_file;

// A file sink in a folder of its own, and a source of lines for it that goes on where the sink's trail stands.
class FileSinkTest : public ::testing::Test {
 protected:
  FileSinkTest() { restart(); }

  // What a new start of the proxy does.
  core::Result<TrailPosition> try_restart() {
    sink_.reset();
    options_.path = path_;
    options_.now = [this] { return now_; };
    sink_ = std::make_unique<FileSink>(options_);
    return sink_->open();
  }

  TrailPosition restart() {
    core::Result<TrailPosition> position = try_restart();
    EXPECT_TRUE(position.has_value()) << position.error().message;
    batch_ = std::make_unique<Batch>("node", true, LineFormat::native, *position);
    return *position;
  }

  // A batch of `count` events; stored or not, as the sink says.
  core::Status store(int count = 1, Durability durability = Durability::batch) {
    for (int i = 0; i < count; ++i) batch_->add(statement_event());
    return store_again(durability);
  }

  core::Status store_again(Durability durability = Durability::batch) {
    core::Status stored = sink_->store(batch_->lines(), batch_->first_sequence(), durability);
    if (stored) batch_->clear();
    return stored;
  }

  std::vector<std::filesystem::path> all_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) files.push_back(entry.path());
    return files;
  }

  VerifyReport verify() {
    std::ostringstream out;
    VerifyReport report = verify_files(all_files(), out);
    verify_output_ = out.str();
    return report;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "audit.jsonl";
  core::WallTime now_ = core::wall_now();
  FileSinkOptions options_;
  std::unique_ptr<FileSink> sink_;
  std::unique_ptr<Batch> batch_;
  std::string verify_output_;
};

TEST_F(FileSinkTest, BeginsATrailInAFileThatOnlyOwnerAndGroupCanRead) {
  ASSERT_TRUE(store(3));
  EXPECT_EQ(split_lines(read_file(path_)).size(), 3U);
  struct stat info{};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0137U, 0U);
}

TEST_F(FileSinkTest, GoesOnAfterARestart) {
  ASSERT_TRUE(store(3));
  const TrailPosition position = restart();
  EXPECT_EQ(position.sequence, 3U);
  EXPECT_EQ("\"" + position.hash + "\"", member(split_lines(read_file(path_)).back(), "hash"));
  EXPECT_FALSE(position.clean_stop);
  ASSERT_TRUE(store(2, Durability::fsync));
  EXPECT_TRUE(verify().sound()) << verify_output_;
  EXPECT_EQ(verify().last_sequence, 5U);
}

TEST_F(FileSinkTest, KnowsACleanStop) {
  Event stop;
  stop.kind = EventKind::admin;
  stop.action = "audit_stop";
  batch_->add(stop);
  ASSERT_TRUE(store_again());
  EXPECT_TRUE(restart().clean_stop);
}

TEST_F(FileSinkTest, IsLockedAgainstASecondWriter) {
  FileSink second(options_);
  const auto opened = second.open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().message.find("another process"), std::string::npos);
}

TEST_F(FileSinkTest, RefusesToStartWhereThereIsNoFolder) {
  path_ = folder_ / "missing/audit.jsonl";
  const auto opened = try_restart();
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().message.find("No such file or directory"), std::string::npos);
}

TEST_F(FileSinkTest, RefusesAFileThatIsSomethingElse) {
  path_ = folder_ / "notes.txt";
  write_file(path_, "dear diary\nno newline");
  EXPECT_FALSE(try_restart().has_value());
  EXPECT_EQ(read_file(path_), "dear diary\nno newline");
  path_ = folder_.path();
  EXPECT_FALSE(try_restart().has_value());
}

TEST_F(FileSinkTest, RepairsATornLastLineWhereverItWasCut) {
  ASSERT_TRUE(store(3));
  const std::string whole = read_file(path_);
  const std::size_t third = whole.rfind('\n', whole.size() - 2) + 1;
  for (const std::size_t cut : {third + 1, third + 5, third + 300, whole.size() - 1}) {
    sink_.reset();
    write_file(path_, whole.substr(0, cut));
    EXPECT_EQ(restart().sequence, 2U) << cut;
    EXPECT_EQ(read_file(path_), whole.substr(0, third)) << cut;
    const std::vector<std::string> notices = sink_->take_notices();
    ASSERT_EQ(notices.size(), 1U) << cut;
    EXPECT_NE(notices[0].find(std::to_string(cut - third) + " bytes"), std::string::npos) << notices[0];
  }
  const std::filesystem::path torn = torn_file_name(path_, now_);
  EXPECT_EQ(read_file(torn).substr(0, 1), "{");
  ASSERT_TRUE(store(1));
  EXPECT_TRUE(verify().sound()) << verify_output_;
}

TEST_F(FileSinkTest, RepairsAnEndOfZerosAndAFirstLineThatIsTorn) {
  ASSERT_TRUE(store(2));
  const std::string whole = read_file(path_);
  sink_.reset();
  write_file(path_, whole + std::string(200'000, '\0'));
  EXPECT_EQ(restart().sequence, 2U);
  EXPECT_EQ(read_file(path_), whole);

  sink_.reset();
  write_file(path_, whole.substr(0, 100));
  EXPECT_EQ(restart().sequence, 0U);
  EXPECT_EQ(read_file(path_), "");

  sink_.reset();
  write_file(path_, std::string(5000, '\0'));
  EXPECT_EQ(restart().sequence, 0U);
}

TEST_F(FileSinkTest, AnAlteredLastLineStaysForVerifyToFind) {
  ASSERT_TRUE(store(2));
  std::string whole = read_file(path_);
  whole.replace(whole.rfind("SELECT"), 6, "DELETE");
  sink_.reset();
  write_file(path_, whole);
  EXPECT_EQ(restart().sequence, 2U);
  ASSERT_TRUE(store(1));
  EXPECT_EQ(verify().first_fault, path_.string() + ":2: the line was changed: its hash is not that of its content");
}

TEST_F(FileSinkTest, FindsTheEndBehindALongLine) {
  ASSERT_TRUE(store(1));
  batch_->add(statement_event(std::string(900'000, '\n')));
  ASSERT_TRUE(store_again());
  EXPECT_EQ(restart().sequence, 2U);
}

TEST_F(FileSinkTest, RotatesBySizeCompressesAndKeepsTheChain) {
  options_.rotate_size = 5000;
  restart();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(store(3));
    EXPECT_LE(std::filesystem::file_size(path_), 5000U);
  }
  sink_->wait_for_archive();
  const auto closed = list_closed_files(path_);
  EXPECT_GE(closed.size(), 8U);
  for (const ClosedFile& file : closed) EXPECT_TRUE(file.compressed) << file.path;
  const VerifyReport report = verify();
  EXPECT_TRUE(report.sound()) << verify_output_;
  EXPECT_EQ(report.lines, 60U);
  EXPECT_EQ(report.files, closed.size() + 1);
}

TEST_F(FileSinkTest, ABatchAboveTheSizeStillGoesIntoOneFile) {
  options_.rotate_size = 1000;
  restart();
  ASSERT_TRUE(store(10));
  ASSERT_TRUE(store(10));
  EXPECT_EQ(split_lines(read_file(path_)).size(), 10U);
  EXPECT_TRUE(verify().sound()) << verify_output_;
}

TEST_F(FileSinkTest, RotatesWhenTheUtcDayIsOver) {
  options_.compress = false;
  now_ = std::chrono::ceil<std::chrono::days>(core::wall_now()) + std::chrono::hours{24};
  restart();
  ASSERT_TRUE(store(1));
  now_ += std::chrono::hours{23} + std::chrono::minutes{59};
  ASSERT_TRUE(sink_->maintain());
  EXPECT_TRUE(list_closed_files(path_).empty());
  now_ += std::chrono::minutes{1};
  ASSERT_TRUE(sink_->maintain());
  EXPECT_EQ(list_closed_files(path_).size(), 1U) << "without waiting for an event";
  EXPECT_EQ(read_file(path_), "");
  now_ += std::chrono::hours{48};
  ASSERT_TRUE(sink_->maintain());
  EXPECT_EQ(list_closed_files(path_).size(), 1U) << "an empty file is not rotated";
  ASSERT_TRUE(store(1));
  EXPECT_TRUE(verify().sound()) << verify_output_;
}

TEST_F(FileSinkTest, KeepsAsManyClosedFilesAsItIsTold) {
  options_.rotate_size = 1;
  options_.keep = 3;
  restart();
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(store(1));
  sink_->wait_for_archive();
  const auto closed = list_closed_files(path_);
  ASSERT_EQ(closed.size(), 3U);
  EXPECT_EQ(closed.front().first_sequence, 6U);
  const VerifyReport report = verify();
  EXPECT_TRUE(report.sound()) << verify_output_;
  EXPECT_EQ(report.first_sequence, 6U);
  EXPECT_NE(verify_output_.find("events before sequence_num 6 are not in these files"), std::string::npos);
}

TEST_F(FileSinkTest, KeepsWhatIsNotDelivered) {
  const auto progress = std::make_shared<DeliveryProgress>();
  progress->begin(4);
  options_.delivery = progress;
  options_.rotate_size = 1;
  options_.keep = 3;
  restart();
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(store(1));
  sink_->wait_for_archive();
  EXPECT_EQ(list_closed_files(path_).front().first_sequence, 5U) << "keep alone would have left 6 to 8";
  progress->set_sequence(9);
  ASSERT_TRUE(store(1));
  sink_->wait_for_archive();
  EXPECT_EQ(list_closed_files(path_).front().first_sequence, 7U);
}

TEST_F(FileSinkTest, GoesOnFromTheNewestClosedFileWhenTheCurrentOneIsGone) {
  options_.rotate_size = 1;
  for (const bool compress : {true, false}) {
    options_.compress = compress;
    restart();
    ASSERT_TRUE(store(1));
    ASSERT_TRUE(store(1));
    sink_->wait_for_archive();
    const std::uint64_t closed_through = restart().sequence - 1;
    sink_->wait_for_archive();
    sink_.reset();
    std::filesystem::remove(path_);
    EXPECT_EQ(restart().sequence, closed_through);
  }
}

TEST_F(FileSinkTest, AStartFinishesWhatACrashLeftOfACompression) {
  options_.rotate_size = 1;
  options_.compress = false;
  restart();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store(1));
  sink_->wait_for_archive();
  const auto plain = list_closed_files(path_);
  ASSERT_EQ(plain.size(), 2U);
  write_file(plain[0].path.string() + ".zst.tmp", "half");
  options_.compress = true;
  restart();
  sink_->wait_for_archive();
  for (const ClosedFile& file : list_closed_files(path_)) EXPECT_TRUE(file.compressed);
  EXPECT_EQ(all_files().size(), 3U);
  EXPECT_TRUE(verify().sound()) << verify_output_;
}

TEST_F(FileSinkTest, AStartRemovesAPlainFileBesideItsFinishedCopy) {
  options_.rotate_size = 1;
  options_.compress = false;
  restart();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(store(1));
  // The sink's own thread looks at closed files too, and would find the copy before it is finished.
  sink_->wait_for_archive();
  const ClosedFile plain = list_closed_files(path_).at(0);
  const std::atomic<bool> cancelled{false};
  ASSERT_TRUE(compress_file(plain.path, plain.path.string() + ".zst", cancelled));
  restart();
  sink_->wait_for_archive();
  const auto closed = list_closed_files(path_);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_TRUE(closed[0].compressed);
  EXPECT_TRUE(verify().sound()) << verify_output_;
}

TEST_F(FileSinkTest, FollowsThePathWhenTheFileIsMovedOrRemoved) {
  ASSERT_TRUE(store(2));
  std::filesystem::rename(path_, folder_ / "moved.jsonl");
  ASSERT_TRUE(store(2));
  EXPECT_EQ(split_lines(read_file(path_)).size(), 2U);
  EXPECT_EQ(sink_->take_notices().size(), 1U);
  EXPECT_TRUE(verify().sound()) << "the two files are one trail: " << verify_output_;
  std::filesystem::remove(path_);
  ASSERT_TRUE(sink_->maintain());
  EXPECT_TRUE(std::filesystem::exists(path_));
  ASSERT_TRUE(store(1));
  EXPECT_FALSE(verify().sound()) << "the removed lines are missed";
}

TEST_F(FileSinkTest, NoticesAnotherFileInItsPlaceEvenOfTheSameSize) {
  ASSERT_TRUE(store(2));
  std::filesystem::copy_file(path_, folder_ / "copy");
  std::filesystem::rename(folder_ / "copy", path_);
  ASSERT_TRUE(store(1));
  EXPECT_EQ(split_lines(read_file(path_)).size(), 3U);
  EXPECT_EQ(sink_->take_notices().size(), 1U);
}

TEST_F(FileSinkTest, ReopensOnRequest) {
  ASSERT_TRUE(store(1));
  std::filesystem::rename(path_, folder_ / "audit.jsonl.1");
  sink_->request_reopen();
  ASSERT_TRUE(sink_->maintain());
  EXPECT_TRUE(sink_->take_notices().empty()) << "expected, so nothing to report";
  EXPECT_EQ(read_file(path_), "");
  sink_->request_reopen();
  ASSERT_TRUE(store(1)) << "with the same file too";
  EXPECT_TRUE(verify().sound()) << verify_output_;
}

TEST_F(FileSinkTest, NoticesAFileThatWasChangedBySomebodyElse) {
  ASSERT_TRUE(store(2));
  const std::string whole = read_file(path_);
  write_file(path_, whole.substr(0, whole.size() - 10));
  ASSERT_TRUE(store(1));
  EXPECT_EQ(sink_->take_notices().size(), 2U) << "changed, and its torn line moved aside";
  EXPECT_EQ(split_lines(read_file(path_)).size(), 2U);
  EXPECT_FALSE(verify().sound());
}

TEST_F(FileSinkTest, AFailedWriteLeavesNothingBehindAndCanBeRepeated) {
  ASSERT_TRUE(store(2));
  const std::string before = read_file(path_);
  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  const rlimit tight{before.size() + 1500, unlimited.rlim_max};
  auto* const old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const core::Status full = store(5);
  const core::Status still_full = store_again(Durability::fsync);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().message.find("File too large"), std::string::npos) << full.error().message;
  EXPECT_FALSE(still_full);
  EXPECT_EQ(read_file(path_), before);
  ASSERT_TRUE(store_again());
  const VerifyReport report = verify();
  EXPECT_TRUE(report.sound()) << verify_output_;
  EXPECT_EQ(report.lines, 7U);
}

TEST_F(FileSinkTest, RecoversWhenItsFolderWasAway) {
  ASSERT_TRUE(store(1));
  const std::filesystem::path away = folder_.path().string() + "-away";
  std::filesystem::rename(folder_.path(), away);
  EXPECT_FALSE(store(1));
  EXPECT_FALSE(store_again());
  std::filesystem::rename(away, folder_.path());
  ASSERT_TRUE(store_again());
  EXPECT_TRUE(verify().sound()) << verify_output_;
  EXPECT_EQ(verify().lines, 2U);
}

TEST_F(FileSinkTest, WritesOnWhenItCannotRotate) {
  options_.rotate_size = 1;
  options_.compress = false;
  restart();
  ASSERT_TRUE(store(1));
  write_file(closed_file_name(path_, now_, 1), "in the way");
  ASSERT_TRUE(store(1));
  EXPECT_EQ(split_lines(read_file(path_)).size(), 2U);
  EXPECT_EQ(read_file(closed_file_name(path_, now_, 1)), "in the way");
}

// All of it together: a trail whose disk is full goes on by itself once there is room, and has lost nothing. The
// default action of SIGXFSZ would end the process.
TEST(FileTrail, OutlivesAFullDisk) {
  TemporaryFolder folder;
  FileSinkOptions file;
  file.path = folder / "audit.jsonl";
  TrailOptions options;
  options.batch_interval = std::chrono::milliseconds{1};
  options.retry_first = std::chrono::milliseconds{1};
  auto opened = Trail::open(options, make_file_sink(file));
  ASSERT_TRUE(opened.has_value());
  Trail& trail = **opened;
  trail.flush();

  rlimit unlimited{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  const rlimit tight{5000, unlimited.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  for (int i = 0; i < 100; ++i) trail.submit(statement_event());
  while (!trail.stats().failing) std::this_thread::yield();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  trail.flush();
  trail.stop();

  std::ostringstream out;
  const std::vector<std::filesystem::path> paths{file.path};
  const VerifyReport report = verify_files(paths, out);
  EXPECT_TRUE(report.sound()) << out.str();
  EXPECT_EQ(report.lines, 102U);
}

}  // namespace
}  // namespace sqlproxy::audit
