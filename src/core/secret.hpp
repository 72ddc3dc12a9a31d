#pragma once

#include <string>
#include <string_view>

namespace sqlproxy::core {

// Overwrites `size` bytes at `data` with zeros in a way that the compiler keeps.
void secure_zero(void* data, std::size_t size) noexcept;

// True when both have the same bytes; takes time that depends on the lengths only.
[[nodiscard]] bool constant_time_equal(std::string_view a, std::string_view b) noexcept;

// A password, key or token. Zeroised when it ends or is overwritten; has no stream operator and no implicit
// conversion, so it does not get into a log by accident.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] bool empty() const { return value_.empty(); }
  // The bytes themselves. The view dies with this object.
  [[nodiscard]] std::string_view reveal() const { return value_; }

 private:
  void wipe() noexcept;

  std::string value_;
};

}  // namespace sqlproxy::core
