#include "core/secret.hpp"

#include <string.h>

namespace sqlproxy::core {

void secure_zero(void* data, std::size_t size) noexcept {
  if (size != 0) explicit_bzero(data, size);
}

bool constant_time_equal(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference =
        static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  }
  return difference == 0;
}

// Moving copies and then wipes the source: a short string lives inside the object and would otherwise stay behind.
Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
  other.wipe();
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

Secret::~Secret() {
  wipe();
}

void Secret::wipe() noexcept {
  // Up to the capacity: a moved-from or shortened string keeps old bytes behind its end.
  value_.resize(value_.capacity());
  secure_zero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace sqlproxy::core
