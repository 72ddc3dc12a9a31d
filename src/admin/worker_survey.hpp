#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "frontend/worker.hpp"
#include "net/asio.hpp"
#include "net/deadline.hpp"
#include "net/signal.hpp"

namespace sqlproxy::admin {

// How long the answers of workers are waited for: one that is slower is busy with something that cannot be
// interrupted, and what the others say is better than nothing.
inline constexpr std::chrono::milliseconds kSurveyPatience{1000};

// The answers of all workers to one question. Workers answer on their own threads, between two events; nothing of them
// is locked. Thread-safe.
template <class T>
class WorkerAnswers {
 public:
  explicit WorkerAnswers(std::size_t workers) : answers_(workers) {}

  void set(std::size_t worker, T answer) {
    std::function<void()> complete;
    {
      const std::scoped_lock lock(mutex_);
      answers_[worker] = std::move(answer);
      if (++arrived_ == answers_.size()) complete = std::exchange(on_complete_, nullptr);
    }
    changed_.notify_all();
    if (complete) complete();
  }
  // `complete` is called once, on the thread of the last worker to answer, or on this one when all have.
  void when_complete(std::function<void()> complete) {
    {
      const std::scoped_lock lock(mutex_);
      if (arrived_ != answers_.size()) {
        on_complete_ = std::move(complete);
        return;
      }
    }
    complete();
  }
  // Blocks until all have answered or the time is over.
  void wait(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return arrived_ == answers_.size(); });
  }
  // By worker; none for one that has not answered.
  [[nodiscard]] std::vector<std::optional<T>> take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(answers_, std::vector<std::optional<T>>(answers_.size()));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<T>> answers_;
  std::size_t arrived_ = 0;
  std::function<void()> on_complete_;
};

// Has every worker answer `question` on its own thread.
template <class T>
[[nodiscard]] std::shared_ptr<WorkerAnswers<T>> ask_workers(std::span<frontend::Worker* const> workers,
                                                            const std::function<T(frontend::Worker&)>& question) {
  auto answers = std::make_shared<WorkerAnswers<T>>(workers.size());
  for (std::size_t i = 0; i < workers.size(); ++i) {
    workers[i]->post([answers, i, worker = workers[i], question] { answers->set(i, question(*worker)); });
  }
  return answers;
}

// As ask_workers(), for a coroutine: waits for the answers without blocking the thread.
template <class T>
[[nodiscard]] net::Task<std::vector<std::optional<T>>> survey_workers(std::span<frontend::Worker* const> workers,
                                                                      net::Executor executor,
                                                                      net::DeadlineQueue& deadlines,
                                                                      std::function<T(frontend::Worker&)> question) {
  // Shared with the last worker to answer, which may do so after this coroutine has left.
  struct Wait {
    explicit Wait(net::Executor on) : signal(on) {}
    net::Signal signal;
    bool done = false;
  };
  auto wait = std::make_shared<Wait>(executor);
  const auto answers = ask_workers<T>(workers, std::move(question));
  answers->when_complete([wait, executor] {
    asio::post(executor, [wait] {
      wait->done = true;
      wait->signal.notify_all();
    });
  });
  net::Deadline patience(deadlines, [wait] {
    wait->done = true;
    wait->signal.notify_all();
  });
  patience.arm(kSurveyPatience);
  while (!wait->done) co_await wait->signal.wait();
  co_return answers->take();
}

}  // namespace sqlproxy::admin
