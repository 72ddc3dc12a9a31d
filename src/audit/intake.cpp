#include "audit/intake.hpp"

#include <algorithm>
#include <utility>

namespace sqlproxy::audit {
namespace {

// The writer is woken each time that this many events have come in; otherwise it looks by itself every batch interval.
constexpr std::uint64_t kWakeEvery = 1024;
// What a name in a list costs, roughly.
constexpr std::size_t kNameBytes = 64;

}  // namespace

Intake::Pushed Intake::push(Event&& event, Claim claim) noexcept {
  const std::size_t weight = weigh(event);
  bool room = true;
  if (claim == Claim::new_place) {
    // First counted, then looked at: whoever looks at the same time sees it.
    room = reserved_.fetch_add(1, std::memory_order_acq_rel) + 1 + queue_.size() <= queue_.capacity();
  }
  room = room && !closed_.load(std::memory_order_acquire);
  if (room && claim == Claim::held) {
    take_bytes(weight);
  } else {
    room = room && try_take_bytes(weight);
  }
  const Pushed pushed = room ? push_claimed(std::move(event), weight) : Pushed{};
  if (claim != Claim::none) give_back(1);
  if (pushed.number == 0) dropped_.fetch_add(1, std::memory_order_relaxed);
  return pushed;
}

Intake::Pushed Intake::push_claimed(Event&& event, std::size_t weight) noexcept {
  const std::uint64_t number = queue_.try_push(std::move(event));
  if (number == 0) {
    release(weight);
    return {};
  }
  const bool heavy = weight != 0 && bytes_.load(std::memory_order_relaxed) > max_bytes_ / 2;
  return {number, heavy || number % std::min<std::uint64_t>(kWakeEvery, queue_.capacity() / 2) == 0};
}

bool Intake::reserve(std::uint64_t count) noexcept {
  if (fits(reserved_.fetch_add(count, std::memory_order_acq_rel) + count)) return true;
  give_back(count);
  return false;
}

std::uint64_t Intake::take_dropped() noexcept {
  const std::uint64_t total = dropped();
  return total - std::exchange(dropped_taken_, total);
}

bool Intake::nearly_full() const noexcept {
  return !fits(reserved_.load(std::memory_order_acquire));
}

bool Intake::fits(std::uint64_t reserved) const noexcept {
  return reserved + queue_.size() <= queue_.capacity() - queue_.capacity() / 8 &&
         bytes_.load(std::memory_order_relaxed) <= max_bytes_ - max_bytes_ / 8;
}

std::size_t Intake::weigh(const Event& event) noexcept {
  std::size_t bytes = event.error.text().size() + event.reason.size() + event.classifications.size() * kNameBytes;
  if (event.statement) {
    const StatementFacts& facts = *event.statement;
    if (facts.sql) bytes += facts.sql->size();
    bytes += kNameBytes * (facts.tables.size() + facts.columns.size() + facts.columns_written.size() +
                           facts.columns_filtered.size() + facts.functions.size());
  }
  return bytes < kSmallBytes ? 0 : bytes;
}

bool Intake::try_take_bytes(std::size_t weight) noexcept {
  if (weight == 0) return true;
  if (bytes_.fetch_add(weight, std::memory_order_relaxed) + weight <= max_bytes_) return true;
  bytes_.fetch_sub(weight, std::memory_order_relaxed);
  return false;
}

void Intake::release(std::size_t weight) noexcept {
  if (weight != 0) bytes_.fetch_sub(weight, std::memory_order_relaxed);
}

}  // namespace sqlproxy::audit
