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
//
// A place can be set aside for an event that is still to come (reserve()): such an event always finds room. Where this
// is used, every other event has to be pushed with Claim::new_place, so that it leaves those places free: events in the
// queue + places set aside <= capacity.
class Intake {
 public:
  static constexpr std::size_t kSmallBytes = 1024;

  Intake(std::size_t capacity, std::size_t max_bytes) : queue_(capacity), max_bytes_(max_bytes) {}

  struct Pushed {
    std::uint64_t number = 0;  // position of the event among all accepted ones, from 1; 0: dropped and counted
    bool wake_writer = false;  // a good part of the queue has filled since the writer was last told
  };
  enum class Claim {
    none,  // nobody reserves
    new_place,
    held,  // reserve() has set a place aside, which is given back by this
  };
  // Any thread.
  Pushed push(Event&& event, Claim claim = Claim::none) noexcept;

  // Any thread. Sets places aside for `count` events; false when the queue is nearly full (see below).
  [[nodiscard]] bool reserve(std::uint64_t count) noexcept;
  // Any thread. Gives back places of events that will not come.
  void give_back(std::uint64_t count) noexcept { reserved_.fetch_sub(count, std::memory_order_acq_rel); }

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
  // Seven eighths of the capacity, places set aside included, or of the bytes are taken.
  [[nodiscard]] bool nearly_full() const noexcept;

 private:
  [[nodiscard]] static std::size_t weigh(const Event& event) noexcept;
  Pushed push_claimed(Event&& event, std::size_t weight) noexcept;
  [[nodiscard]] bool fits(std::uint64_t reserved) const noexcept;
  void take_bytes(std::size_t weight) noexcept { bytes_.fetch_add(weight, std::memory_order_relaxed); }
  [[nodiscard]] bool try_take_bytes(std::size_t weight) noexcept;
  void release(std::size_t weight) noexcept;

  EventQueue<Event> queue_;
  const std::size_t max_bytes_;
  std::atomic<std::size_t> bytes_{0};
  std::atomic<std::uint64_t> reserved_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> closed_{false};
  std::uint64_t dropped_taken_ = 0;  // the writer's
};

}  // namespace sqlproxy::audit
