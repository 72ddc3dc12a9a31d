#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "pipeline/analysis.hpp"
#include "pipeline/text_guard.hpp"

namespace sqlproxy::frontend {

// One large text on its way to its analysis. Shared by the session that waits and the pool.
struct AnalysisJob {
  std::string text;
  pipeline::TextLimits limits;
  // Called on the pool's thread when `analysis` is there.
  std::function<void()> on_done;
  // Set before `done`, and not touched by the pool afterwards.
  std::shared_ptr<const pipeline::Analysis> analysis;
  std::atomic<bool> done{false};
};

// Analyses large texts on a thread of its own, so that no text keeps a worker from its other sessions for longer than a
// few milliseconds (docs/adr/0032). First come, first served. A session has one job at most and waits for it, so the
// queue is bounded by the number of clients. Owned by Services; thread-safe.
class AnalysisPool {
 public:
  // Texts from here on are worth a thread's change: below, the worst take about a millisecond.
  static constexpr std::size_t kLargeText = std::size_t{16} << 10;

  AnalysisPool() = default;
  AnalysisPool(const AnalysisPool&) = delete;
  AnalysisPool& operator=(const AnalysisPool&) = delete;
  // stop()
  ~AnalysisPool();

  // The thread is started with the first job. After stop() nothing is done any more.
  void submit(std::shared_ptr<AnalysisJob> job);
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::shared_ptr<AnalysisJob>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sqlproxy::frontend
