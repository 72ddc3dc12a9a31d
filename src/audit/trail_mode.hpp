#pragma once

#include <atomic>

#include "audit/sink.hpp"

namespace sqlproxy::audit {

enum class OnFailure {
  carry_on,  // "continue": count what is lost
  block,     // refuse statements while no sink takes events
};

// What a reload may change of a trail that is at work. Thread-safe.
class TrailMode {
 public:
  TrailMode(Durability durability, OnFailure on_failure) : durability_(durability), on_failure_(on_failure) {}

  [[nodiscard]] Durability durability() const noexcept { return durability_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool blocks() const noexcept { return on_failure_.load(std::memory_order_relaxed) == OnFailure::block; }

  void set(Durability durability, OnFailure on_failure) noexcept {
    durability_.store(durability, std::memory_order_relaxed);
    on_failure_.store(on_failure, std::memory_order_relaxed);
  }

 private:
  std::atomic<Durability> durability_;
  std::atomic<OnFailure> on_failure_;
};

}  // namespace sqlproxy::audit
