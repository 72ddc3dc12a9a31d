#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "core/clock.hpp"

namespace sqlproxy::core {

// A UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits.
class Uuid {
 public:
  Uuid() = default;

  // Not ordered within one millisecond. Takes its random bits from a per-thread generator that the operating system
  // seeds: unique, but not a secret.
  [[nodiscard]] static Uuid v7(WallTime now);

  // "018f4c3e-7b2a-7c11-9d3e-2f6a1b0c4d5e", 36 characters.
  void append_to(std::string& out) const;
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool is_nil() const { return *this == Uuid{}; }
  friend bool operator==(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace sqlproxy::core
