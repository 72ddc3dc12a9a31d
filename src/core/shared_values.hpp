#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace sqlproxy::core {

// Lets those who hold equal values hold one and the same: thousands of clients of few kinds have few different sets of
// settings. Knows a bounded number of the values that are in use, those that were asked for last; what it has forgotten
// is merely kept twice. Requires of T: equality. Not thread-safe; may go before what it has handed out.
template <class T>
class SharedValues {
 public:
  // A search compares with so many at most.
  static constexpr std::size_t kMaxKnown = 32;

  [[nodiscard]] std::shared_ptr<const T> share(T value) {
    for (std::size_t i = 0; i < known_.size(); ++i) {
      auto known = known_[i].lock();
      if (!known || !(*known == value)) continue;
      const auto found = known_.begin() + static_cast<std::ptrdiff_t>(i);
      std::rotate(known_.begin(), found, found + 1);
      return known;
    }
    auto added = std::make_shared<const T>(std::move(value));
    std::erase_if(known_, [](const std::weak_ptr<const T>& entry) { return entry.expired(); });
    if (known_.size() == kMaxKnown) known_.pop_back();
    known_.insert(known_.begin(), added);
    return added;
  }

  // Of those that it knows.
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  // The one that was asked for last comes first.
  std::vector<std::weak_ptr<const T>> known_;
};

}  // namespace sqlproxy::core
