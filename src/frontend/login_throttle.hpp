#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/clock.hpp"

namespace sqlproxy::frontend {

// Slows down whoever guesses passwords: each failed login from an address makes the answer to the next failure from
// there later, up to kLongest; a quiet minute forgets. Shared by all workers; thread-safe.
class LoginThrottle {
 public:
  static constexpr std::chrono::milliseconds kFirst{50};
  static constexpr std::chrono::milliseconds kLongest{2000};
  // Addresses remembered; the oldest knowledge goes first when an attacker brings more.
  static constexpr std::size_t kMaxAddresses = 10000;

  // Counts a failure; returns for how long its answer is to be held back.
  [[nodiscard]] std::chrono::milliseconds failed(const std::string& address, core::TimePoint now);
  void succeeded(const std::string& address);

 private:
  struct Failures {
    std::chrono::milliseconds delay{0};
    core::TimePoint last;
  };

  std::mutex mutex_;
  std::unordered_map<std::string, Failures> by_address_;
};

}  // namespace sqlproxy::frontend
