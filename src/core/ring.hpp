#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace sqlproxy::core {

// A queue in one block that doubles when it is full and never shrinks by itself; before the first push it holds no
// memory, and behind that room for few. Requires of T: default-constructible, movable, and one that was moved from
// holds nothing. Not thread-safe. References die at the next push or pop.
template <class T>
class Ring {
 public:
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  // The element `index` places behind the front. Requires: index < size().
  [[nodiscard]] T& operator[](std::size_t index) {
    assert(index < size_);
    return slots_[place(index)];
  }
  [[nodiscard]] const T& operator[](std::size_t index) const {
    assert(index < size_);
    return slots_[place(index)];
  }
  [[nodiscard]] T& front() { return (*this)[0]; }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] T& back() { return (*this)[size_ - 1]; }
  [[nodiscard]] const T& back() const { return (*this)[size_ - 1]; }

  void push_back(T&& value) {
    if (size_ == slots_.size()) grow();
    slots_[place(size_)] = std::move(value);
    ++size_;
  }

  [[nodiscard]] T pop_front() {
    assert(size_ > 0);
    T value = std::move(slots_[first_]);
    first_ = place(1);
    --size_;
    return value;
  }

  void pop_back() {
    back() = T{};
    --size_;
  }

  // Takes out the element at `index`, keeping the order of the others.
  [[nodiscard]] T remove(std::size_t index) {
    T value = std::move((*this)[index]);
    for (std::size_t i = index; i + 1 < size_; ++i) (*this)[i] = std::move((*this)[i + 1]);
    --size_;
    return value;
  }

 private:
  // A power of two, as all the sizes are.
  static constexpr std::size_t kFirstRoom = 2;

  [[nodiscard]] std::size_t place(std::size_t index) const { return (first_ + index) & (slots_.size() - 1); }

  void grow() {
    std::vector<T> larger(slots_.empty() ? kFirstRoom : slots_.size() * 2);
    for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
    slots_ = std::move(larger);
    first_ = 0;
  }

  std::vector<T> slots_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace sqlproxy::core
