#include "audit/writer_signal.hpp"

namespace sqlproxy::audit {

void WriterSignal::work() {
  {
    const std::lock_guard lock(mutex_);
    work_ = true;
  }
  writer_wakes_.notify_one();
}

void WriterSignal::poke() {
  {
    const std::lock_guard lock(mutex_);
    command_ = true;
  }
  writer_wakes_.notify_one();
}

void WriterSignal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    command_ = true;
  }
  writer_wakes_.notify_one();
}

void WriterSignal::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t mine = ++flush_requested_;
  command_ = true;
  writer_wakes_.notify_one();
  flusher_wakes_.wait(lock, [&] { return ended_ || flushed_ >= mine; });
}

WriterSignal::Request WriterSignal::wait(std::chrono::milliseconds timeout, Listen listen) {
  std::unique_lock lock(mutex_);
  writer_wakes_.wait_for(lock, timeout, [&] { return command_ || (work_ && listen == Listen::work_and_commands); });
  command_ = false;
  work_ = false;
  return {stop_, flush_requested_};
}

void WriterSignal::flushed(std::uint64_t request) {
  {
    const std::lock_guard lock(mutex_);
    flushed_ = request;
  }
  flusher_wakes_.notify_all();
}

void WriterSignal::ended() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  flusher_wakes_.notify_all();
}

}  // namespace sqlproxy::audit
