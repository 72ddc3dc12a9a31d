#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace sqlproxy::core {

// An optional value that is seldom there: without one it takes no more room than a pointer, with one a block of memory.
// For members of what there are thousands of. Not thread-safe.
template <class T>
class Rare {
 public:
  Rare() = default;
  Rare(std::optional<T> value) { *this = std::move(value); }  // NOLINT(*-explicit-*): as std::optional does

  Rare& operator=(T value) {
    value_ = std::make_unique<T>(std::move(value));
    return *this;
  }
  Rare& operator=(std::optional<T> value) {
    value_ = value ? std::make_unique<T>(*std::move(value)) : nullptr;
    return *this;
  }
  T& emplace() { return *(value_ = std::make_unique<T>()); }
  void reset() { value_.reset(); }

  [[nodiscard]] bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  // Require: has_value().
  [[nodiscard]] T& operator*() { return *value_; }
  [[nodiscard]] const T& operator*() const { return *value_; }
  [[nodiscard]] T* operator->() { return value_.get(); }
  [[nodiscard]] const T* operator->() const { return value_.get(); }

  // Moves the value out: afterwards there is none.
  [[nodiscard]] std::optional<T> take() {
    const std::unique_ptr<T> taken = std::exchange(value_, nullptr);
    return taken ? std::optional<T>(std::move(*taken)) : std::nullopt;
  }
  [[nodiscard]] std::optional<T> copy() const { return value_ ? std::optional<T>(*value_) : std::nullopt; }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace sqlproxy::core
