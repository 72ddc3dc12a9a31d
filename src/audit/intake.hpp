#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "audit/event.hpp"
#include "audit/event_queue.hpp"

namespace sqlproxy::audit {

// The producers' side of a Trail: the queue, its bounds, and the count of what did not fit.
//
// Bounded twice: by events (capacity), and by the bytes of their texts, since one event may carry a megabyte of SQL.
// Events with less than kSmallBytes of text are not weighed: the capacity bounds them well enough.
class Intake {
 public:
  static constexpr std::size_t kSmallBytes = 1024;

  Intake(std::size_t capacity, std::size_t max_bytes) : queue_(capacity), max_bytes_(max_bytes) {}

  struct Pushed {
    std::uint64_t number = 0;  // position of the event among all accepted ones, from 1; 0: dropped and counted
    bool wake_writer = false;  // a good part of the queue has filled since the writer was last told
  };
  // Any thread.
  Pushed push(Event&& event) noexcept;

  // The writer only. Hands the oldest event to `use`; false when there is none.
  template <class Use>
  bool consume(Use&& use) {
    return queue_.consume([this, &use](Event&& event) {
      release(weigh(event));
      use(event);
    });
  }
  // The writer only: events dropped since the last call.
  [[nodiscard]] std::uint64_t take_dropped() noexcept;

  // From now on every event is dropped.
  void close() noexcept { closed_.store(true, std::memory_order_release); }

  [[nodiscard]] std::uint64_t pushed() const noexcept { return queue_.pushed(); }
  [[nodiscard]] std::uint64_t taken() const noexcept { return queue_.taken(); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t depth() const noexcept { return queue_.size(); }
  // Seven eighths of the capacity or of the bytes are taken.
  [[nodiscard]] bool nearly_full() const noexcept;

 private:
  [[nodiscard]] static std::size_t weigh(const Event& event) noexcept;
  [[nodiscard]] bool reserve(std::size_t weight) noexcept;
  void release(std::size_t weight) noexcept;

  EventQueue<Event> queue_;
  const std::size_t max_bytes_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> closed_{false};
  std::uint64_t dropped_taken_ = 0;  // the writer's
};

}  // namespace sqlproxy::audit
