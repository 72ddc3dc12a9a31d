#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>

#include "audit/batch.hpp"
#include "audit/intake.hpp"
#include "audit/settlements.hpp"
#include "audit/sink.hpp"
#include "audit/trail.hpp"
#include "audit/writer_signal.hpp"

namespace sqlproxy::audit {

// The consumer's side of a Trail: empties the intake into batches and stores them, until it is told to stop.
// run() is the body of the writer thread; the getters may be called from any thread. Outlived by what it refers to.
class TrailWriter {
 public:
  TrailWriter(const TrailOptions& options, const TrailMode& mode, std::unique_ptr<Sink> sink,
              const TrailPosition& position, Intake& intake, Settlements& settlements, WriterSignal& signal);

  void run();

  [[nodiscard]] bool failing() const noexcept { return failing_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t events() const noexcept { return events_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t stored_sequence() const noexcept {
    return stored_sequence_.load(std::memory_order_acquire);
  }
  // Accepted events that stop() gave up on.
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

  // Any thread.
  void request_reopen() { reopen_requested_.store(true, std::memory_order_relaxed); }
  // Any thread, one at a time. The writer has to be woken for it.
  [[nodiscard]] std::future<core::Status> request_change(TrailChange change);

 private:
  // Stores everything that was pushed before position `until`, and what else makes whole batches. False: a write
  // failed; the batch stays for the next call.
  [[nodiscard]] bool drain(std::uint64_t until);
  void apply_change();
  [[nodiscard]] core::Status change_to(TrailChange change);
  void fill();
  [[nodiscard]] bool store();
  void add_own_event(std::string action, std::string reason);
  void failed(const core::Error& error);
  void recovered();
  void finish();
  void give_up();

  const TrailOptions options_;
  const TrailMode& mode_;
  std::unique_ptr<Sink> sink_;
  Intake& intake_;
  Settlements& settlements_;
  WriterSignal& signal_;
  Batch batch_;
  LineFormat format_;
  bool chain_;
  std::atomic<std::uint64_t> stored_sequence_;  // of the last line that is stored
  std::uint64_t own_events_ = 0;                // in batch_, written by the trail about itself
  std::chrono::milliseconds pause_;

  struct Request {
    TrailChange change;
    std::promise<core::Status> done;
  };
  std::mutex request_mutex_;
  std::optional<Request> request_;
  bool ended_ = false;
  std::atomic<bool> reopen_requested_{false};

  std::atomic<bool> failing_{false};
  std::atomic<std::uint64_t> events_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace sqlproxy::audit
