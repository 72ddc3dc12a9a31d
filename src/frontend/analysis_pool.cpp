#include "frontend/analysis_pool.hpp"

#include <csignal>
#include <utility>

#include "pipeline/text_analyzer.hpp"

namespace sqlproxy::frontend {

AnalysisPool::~AnalysisPool() {
  stop();
}

void AnalysisPool::submit(std::shared_ptr<AnalysisJob> job) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) return;
  queue_.push_back(std::move(job));
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
}

void AnalysisPool::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    queue_.clear();
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void AnalysisPool::run() {
  // Signals of the process are the control thread's.
  sigset_t signals;
  sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&signals, fault);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  for (;;) {
    std::shared_ptr<AnalysisJob> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job->analysis = pipeline::TextAnalyzer::analyze_anew(job->text, job->limits);
    job->done.store(true, std::memory_order_release);
    job->on_done();
  }
}

}  // namespace sqlproxy::frontend
