#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace sqlproxy::audit {

// A bounded queue without locks for many producers and one consumer: a ring of slots, each with a turn number that says
// whose turn it is (D. Vyukov's bounded queue, reduced to one consumer).
//
// Producers claim a position by moving `tail_` on and publish the slot through its turn. Invariants, for position p and
// slot s = p mod capacity:
//  1. turn == p: free for the producer that claims p; turn == p + 1: holds item p; turn == p + capacity: taken.
//  2. Positions are handed out without holes, and taken in order.
// A producer that is suspended between claim and publication holds up the consumer, never the other producers.
// Items are moved into and out of the slots; T's move operations must not throw.
template <class T>
class EventQueue {
 public:
  explicit EventQueue(std::size_t capacity)
      : capacity_(std::bit_ceil(std::max<std::size_t>(capacity, 2))), slots_(std::make_unique<Slot[]>(capacity_)) {
    for (std::size_t i = 0; i < capacity_; ++i) slots_[i].turn.store(i, std::memory_order_relaxed);
  }

  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  ~EventQueue() {
    while (consume([](T&&) {})) {
    }
  }

  // Any thread. The number of items pushed so far including this one, or 0 when there is no free slot; `item` is moved
  // from only on success.
  std::uint64_t try_push(T&& item) noexcept {
    std::uint64_t position = tail_.load(std::memory_order_relaxed);
    for (;;) {
      Slot& slot = slots_[position & (capacity_ - 1)];
      const std::uint64_t turn = slot.turn.load(std::memory_order_acquire);
      if (turn == position) {
        if (tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) {
          ::new (slot.storage) T(std::move(item));
          slot.turn.store(position + 1, std::memory_order_release);
          return position + 1;
        }
      } else if (turn < position) {
        return 0;
      } else {
        position = tail_.load(std::memory_order_relaxed);
      }
    }
  }

  // The consumer only. Hands the oldest item to `use` and frees its slot; false when there is none.
  template <class Use>
  bool consume(Use&& use) {
    const std::uint64_t position = head_.load(std::memory_order_relaxed);
    Slot& slot = slots_[position & (capacity_ - 1)];
    if (slot.turn.load(std::memory_order_acquire) != position + 1) return false;
    T* const item = std::launder(reinterpret_cast<T*>(slot.storage));
    use(std::move(*item));
    item->~T();
    slot.turn.store(position + capacity_, std::memory_order_release);
    head_.store(position + 1, std::memory_order_relaxed);
    return true;
  }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  // Items pushed, or claimed by a producer that is about to publish.
  [[nodiscard]] std::uint64_t pushed() const noexcept { return tail_.load(std::memory_order_acquire); }
  // Items taken out.
  [[nodiscard]] std::uint64_t taken() const noexcept { return head_.load(std::memory_order_acquire); }
  // Approximate while others work on the queue.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::uint64_t taken_before = taken();
    const std::uint64_t pushed_after = pushed();
    return static_cast<std::size_t>(pushed_after - taken_before);
  }

 private:
  static constexpr std::size_t kCacheLine = 64;

  struct alignas(kCacheLine) Slot {
    std::atomic<std::uint64_t> turn;
    alignas(T) std::byte storage[sizeof(T)];
  };

  const std::size_t capacity_;
  const std::unique_ptr<Slot[]> slots_;
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
};

}  // namespace sqlproxy::audit
