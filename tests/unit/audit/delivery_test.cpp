#include "audit/delivery.hpp"

#include <gtest/gtest.h>

#include "audit/file_sink.hpp"
#include "audit/trail.hpp"
#include "tests/unit/audit/audit_testing.hpp"
#include "tests/unit/audit/fake_database.hpp"

namespace sqlproxy::audit {
namespace {

using testing::FakeConnection;
using testing::FakeDatabase;
using testing::member;
using testing::read_file;
using testing::split_lines;
using testing::statement_event;
using testing::TemporaryFolder;

constexpr std::chrono::seconds kPatience{20};

// A trail with a delivery to a database that the test rules.
class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() { open_trail(); }

  void open_trail() {
    FileSinkOptions file;
    file.path = path_;
    file.keep = 0;
    file.delivery = progress_;
    auto trail = Trail::open({.node_id = "node"}, make_file_sink(file));
    ASSERT_TRUE(trail.has_value());
    trail_ = *std::move(trail);
  }

  void start() {
    DeliveryOptions options;
    options.file = path_;
    options.table = "audit_events";
    options.node_id = "it's a \\ node";
    options.database = "audit";
    options.batch_events = 10;
    options.interval = options.retry_first = std::chrono::milliseconds(1);
    options.retry_longest = std::chrono::milliseconds(4);
    DeliveryContext context;
    context.connect = [this](const std::stop_token&) { return std::make_unique<FakeConnection>(database_); };
    context.stored = [this] { return trail_->stored_sequence(); };
    context.report = [this](bool failing, const std::string& reason) {
      const std::lock_guard lock(mutex_);
      reports_.emplace_back(failing, reason);
    };
    delivery_ = std::make_unique<Delivery>(std::move(options), std::move(context), progress_);
  }

  void submit(int count, const std::string& sql = "SELECT $1") {
    for (int i = 0; i < count; ++i) {
      Event event = statement_event(sql);
      event.event_id = {};
      trail_->submit(std::move(event));
    }
    trail_->flush();
  }

  // Until the database stands where the file stands.
  [[nodiscard]] bool caught_up() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (progress_->numbers().sequence != trail_->stored_sequence()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }
  [[nodiscard]] bool becomes_failing(bool failing) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (progress_->numbers().failing != failing) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  // The rows are the lines of the file, in their order.
  void expect_same() {
    const std::vector<std::string> lines = split_lines(read_file(path_));
    const std::vector<FakeDatabase::Row> rows = database_.rows();
    ASSERT_EQ(rows.size(), lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_EQ('"' + rows[i].event_id + '"', member(lines[i], "event_id")) << i;
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "audit.jsonl";
  FakeDatabase database_;
  std::shared_ptr<DeliveryProgress> progress_ = std::make_shared<DeliveryProgress>();
  std::mutex mutex_;
  std::vector<std::pair<bool, std::string>> reports_;
  std::unique_ptr<Trail> trail_;
  std::unique_ptr<Delivery> delivery_;  // last: it uses all of the above
};

TEST_F(DeliveryTest, DeliversEveryEventInOrder) {
  submit(25);
  start();
  ASSERT_TRUE(caught_up());
  submit(25);
  ASSERT_TRUE(caught_up());
  expect_same();
  EXPECT_EQ(progress_->numbers().delivered, 51U);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(DeliveryTest, GoesOnAfterARestart) {
  start();
  submit(15);
  ASSERT_TRUE(caught_up());
  delivery_.reset();
  submit(15);
  start();
  ASSERT_TRUE(caught_up());
  expect_same();
  EXPECT_EQ(database_.positions().size(), 1U);
}

TEST_F(DeliveryTest, CatchesUpAfterAnOutageThatIsToldOfOnce) {
  database_.set_down(true);
  start();
  submit(25);
  ASSERT_TRUE(becomes_failing(true));
  submit(25);
  database_.set_down(false);
  ASSERT_TRUE(caught_up());
  ASSERT_TRUE(becomes_failing(false));
  expect_same();
  delivery_.reset();
  ASSERT_EQ(reports_.size(), 2U);
  EXPECT_TRUE(reports_[0].first);
  EXPECT_NE(reports_[0].second.find("08006: not there"), std::string::npos) << reports_[0].second;
  EXPECT_FALSE(reports_[1].first);
}

TEST_F(DeliveryTest, ALostAnswerToACommitGivesNothingTwice) {
  start();
  for (int round = 0; round < 10; ++round) {
    database_.lose_next_answer();
    submit(7);
    ASSERT_TRUE(caught_up());
  }
  expect_same();
}

TEST_F(DeliveryTest, ALostPositionGivesNothingTwice) {
  start();
  submit(35);
  ASSERT_TRUE(caught_up());
  database_.forget_positions();
  submit(5);
  ASSERT_TRUE(caught_up());
  expect_same();
}

TEST_F(DeliveryTest, ARowThatIsRefusedIsReducedAndStopsNoOther) {
  database_.refuse("\u00e9");
  submit(8);
  submit(1, "SELECT 'caf\u00e9'");
  submit(8);
  start();
  ASSERT_TRUE(caught_up());
  expect_same();
  EXPECT_NE(database_.rows()[9].event.find("SELECT 'caf?\?'"), std::string::npos);
  EXPECT_EQ(progress_->numbers().refused, 0U);
}

TEST_F(DeliveryTest, ARowThatIsRefusedForGoodIsCounted) {
  database_.refuse("poison");
  submit(8);
  submit(2, "SELECT poison");
  submit(8);
  start();
  ASSERT_TRUE(caught_up());
  EXPECT_EQ(database_.rows().size(), 17U) << "with the first line of the trail";
  EXPECT_EQ(progress_->numbers().refused, 2U);
  EXPECT_FALSE(progress_->numbers().failing);
}

TEST_F(DeliveryTest, ATrailThatWasBegunAnewIsDeliveredFromItsBeginning) {
  start();
  submit(5);
  ASSERT_TRUE(caught_up());
  delivery_.reset();
  trail_.reset();
  std::filesystem::rename(path_, folder_ / "moved-away");
  open_trail();
  submit(20);
  start();
  ASSERT_TRUE(caught_up());
  // The stop's line went with the file that was moved away.
  EXPECT_EQ(database_.rows().size(), 6U + 21U);
  EXPECT_EQ(database_.positions().size(), 2U) << "another trail";
}

TEST_F(DeliveryTest, FinishDeliversTheRestButDoesNotInsist) {
  start();
  submit(500);
  delivery_->finish(kPatience);
  expect_same();
  delivery_.reset();
  database_.set_down(true);
  start();
  submit(5);
  const auto begin = std::chrono::steady_clock::now();
  delivery_->finish(kPatience);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kPatience / 2);
}

TEST_F(DeliveryTest, HoldsBackTheFilesThatItNeeds) {
  EXPECT_TRUE(progress_->has_passed(1000)) << "nobody delivers";
  database_.set_down(true);
  start();
  EXPECT_FALSE(progress_->has_passed(1));
  database_.set_down(false);
  submit(5);
  ASSERT_TRUE(caught_up());
  EXPECT_TRUE(progress_->has_passed(6));
  EXPECT_FALSE(progress_->has_passed(7));
  delivery_.reset();
  EXPECT_FALSE(progress_->has_passed(7)) << "there may be another one in a moment";
  progress_->end();
  EXPECT_TRUE(progress_->has_passed(7));
}

}  // namespace
}  // namespace sqlproxy::audit
