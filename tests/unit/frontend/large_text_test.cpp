// A large text is given to another thread, and its message waits.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "frontend/analysis_pool.hpp"

namespace sqlproxy::frontend {
namespace {

TEST(LargeText, IsAnalysedElsewhere) {
  AnalysisPool pool;
  std::atomic<int> notified{0};
  auto shared = std::make_shared<AnalysisJob>();
  shared->text = "SELECT 1 FROM open.t";
  shared->on_done = [&] { notified.fetch_add(1); };
  pool.submit(shared);
  while (notified.load() == 0) std::this_thread::yield();
  ASSERT_TRUE(shared->done.load());
  ASSERT_EQ(shared->analysis->statements.size(), 1U);
  EXPECT_EQ(shared->analysis->statements.front().objects.front().name.name, "t");
}

TEST(LargeText, OfAStoppedPoolIsLeft) {
  AnalysisPool pool;
  pool.stop();
  auto job = std::make_shared<AnalysisJob>();
  job->on_done = [] { FAIL(); };
  pool.submit(job);
  EXPECT_FALSE(job->done.load());
}

}  // namespace
}  // namespace sqlproxy::frontend
