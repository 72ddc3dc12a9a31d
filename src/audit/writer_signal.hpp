#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sqlproxy::audit {

// How other threads reach the writer of a trail: what it sleeps on, and what it is asked to do. Thread-safe.
class WriterSignal {
 public:
  // There is work that should not wait for the end of the interval. Ignored while the writer pauses after a failure.
  void work();
  // There is a reason to try again at once, even after a failure.
  void poke();
  // Ask the writer to end.
  void stop();
  // Blocks until the writer has gone through a whole cycle that began after this call and succeeded, or has ended.
  void flush();

  enum class Listen { work_and_commands, commands };
  struct Request {
    bool stop = false;
    std::uint64_t flush = 0;  // to be handed to flushed() when the cycle has succeeded
  };
  // The writer only, below. Returns after `timeout` at the latest.
  [[nodiscard]] Request wait(std::chrono::milliseconds timeout, Listen listen);
  void flushed(std::uint64_t request);
  void ended();

 private:
  std::mutex mutex_;
  std::condition_variable writer_wakes_;
  std::condition_variable flusher_wakes_;
  bool work_ = false;
  bool command_ = false;
  bool stop_ = false;
  bool ended_ = false;
  std::uint64_t flush_requested_ = 0;
  std::uint64_t flushed_ = 0;
};

}  // namespace sqlproxy::audit
