#pragma once

#include <atomic>
#include <cstdint>

namespace sqlproxy::audit {

// How far the events of the file have come on their way to the database. Shared by whoever delivers, whoever deletes
// old files, and whoever shows the numbers; thread-safe. Lives as long as the process: a reload may begin and end
// deliveries.
class DeliveryProgress {
 public:
  struct Numbers {
    bool enabled = false;
    bool failing = false;
    std::uint64_t delivered = 0;  // events, since the start of the process
    std::uint64_t refused = 0;    // lines that the database does not take, or that are no events any more
    std::uint64_t missing = 0;    // events whose lines were gone before they were delivered
    std::uint64_t sequence = 0;   // the last one that is in the database; 0: none, or not known yet
  };

  // From now on events behind `sequence` are to be delivered.
  void begin(std::uint64_t sequence) noexcept {
    sequence_.store(sequence, std::memory_order_relaxed);
    failing_.store(false, std::memory_order_relaxed);
    enabled_.store(true, std::memory_order_release);
  }
  // Nothing is to be delivered any more.
  void end() noexcept { enabled_.store(false, std::memory_order_release); }

  void set_sequence(std::uint64_t sequence) noexcept { sequence_.store(sequence, std::memory_order_release); }
  void set_failing(bool failing) noexcept { failing_.store(failing, std::memory_order_relaxed); }
  void add_delivered(std::uint64_t events) noexcept { delivered_.fetch_add(events, std::memory_order_relaxed); }
  void add_refused(std::uint64_t lines) noexcept { refused_.fetch_add(lines, std::memory_order_relaxed); }
  void add_missing(std::uint64_t events) noexcept { missing_.fetch_add(events, std::memory_order_relaxed); }

  // A file whose last line has this sequence_num is not needed for the delivery.
  [[nodiscard]] bool has_passed(std::uint64_t sequence) const noexcept {
    return !enabled_.load(std::memory_order_acquire) || sequence <= sequence_.load(std::memory_order_acquire);
  }

  [[nodiscard]] Numbers numbers() const noexcept {
    return {enabled_.load(std::memory_order_acquire),   failing_.load(std::memory_order_relaxed),
            delivered_.load(std::memory_order_relaxed), refused_.load(std::memory_order_relaxed),
            missing_.load(std::memory_order_relaxed),   sequence_.load(std::memory_order_acquire)};
  }

 private:
  std::atomic<bool> enabled_{false};
  std::atomic<bool> failing_{false};
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> missing_{0};
  std::atomic<std::uint64_t> sequence_{0};
};

}  // namespace sqlproxy::audit
