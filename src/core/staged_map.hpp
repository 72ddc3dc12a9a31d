#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/ring.hpp"

namespace sqlproxy::core {

// What names stand for on the other side of a connection, when changes are sent ahead of their confirmation: a name
// changes its meaning when the peer confirms the message that changes it, and what is sent behind that message already
// counts with it.
//
// Every change is announced with expect() when its message is sent, and ends with confirm() or forget(), in the same
// order; then each call takes a time that does not depend on how many changes are expected. The empty name is special:
// remove_all leaves it. Requires of Value: default-constructible, movable. Not thread-safe.
template <class Value>
class StagedMap {
 public:
  enum class Change : std::uint8_t { define, remove, remove_all };

  struct Found {
    // Null: there is no such name. Valid until the next call of a non-const member.
    Value* value = nullptr;
    // The group of the change that this rests on, when it is not confirmed yet; 0: it is.
    std::uint32_t unconfirmed_group = 0;
  };

  // `payload` tells the changes of one message; `group` is not 0 and never falls.
  void expect(std::uint32_t payload, std::uint32_t group, Change change, std::string_view name, Value value = {}) {
    Expected expected{payload, group, change, nullptr, kNone, std::move(value)};
    const std::uint64_t place = first_ + expected_.size();
    if (change == Change::remove_all) {
      expected.previous = std::exchange(last_remove_all_, place);
    } else {
      expected.name = &*names_.try_emplace(std::string(name)).first;
      expected.previous = std::exchange(expected.name->second.last, place);
    }
    expected_.push_back(std::move(expected));
  }

  // The first expected change of `payload` has taken place; without one, nothing happens.
  void confirm(std::uint32_t payload) {
    if (expected_.empty() || expected_.front().payload != payload) return;
    apply(expected_.front());
    end(expected_.front());
    trim();
  }

  // The changes of `payload` that are still expected do not take place.
  void forget(std::uint32_t payload) {
    // They are the oldest when a message has failed, and the newest when one is taken back.
    while (!expected_.empty() && expected_.front().payload == payload) {
      end(expected_.front());
      trim();
    }
    while (!expected_.empty() && expected_.back().payload == payload) {
      end(expected_.back());
      trim();
    }
  }

  // Takes effect at once, without announcement; expected changes stay expected.
  void remove_now(std::string_view name) {
    const auto found = names_.find(name);
    if (found != names_.end()) drop(found);
  }
  // As remove_all, and with the empty name.
  void clear_now() {
    remove_named_now();
    remove_now("");
  }

  // What `name` stands for to a message that is sent now.
  [[nodiscard]] Found find(std::string_view name) {
    const auto found = names_.find(name);
    Expected* newest = found == names_.end() ? nullptr : alive(found->second.last);
    Expected* removal = name.empty() ? nullptr : alive(last_remove_all_);
    if (removal != nullptr && (newest == nullptr || found->second.last < last_remove_all_)) {
      return {nullptr, removal->group};
    }
    if (newest != nullptr) return {newest->change == Change::define ? &newest->value : nullptr, newest->group};
    return {found != names_.end() && found->second.present ? &found->second.value : nullptr, 0};
  }

  // Calls visit(name, value, unconfirmed_group) for each name that stands for something to a message that is sent now.
  // `visit` changes nothing here.
  template <class Visit>
  void for_each(Visit visit) {
    for (const auto& entry : names_) {
      if (const Found found = find(entry.first); found.value != nullptr) {
        visit(std::string_view(entry.first), *found.value, found.unconfirmed_group);
      }
    }
  }

  [[nodiscard]] bool has_expected() const { return !expected_.empty(); }
  [[nodiscard]] std::size_t expected() const { return expected_.size(); }
  // The group of the newest change that is expected; 0: none is.
  [[nodiscard]] std::uint32_t newest_group() const { return expected_.empty() ? 0 : expected_.back().group; }
  // Confirmed names.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::uint64_t kNone = UINT64_MAX;

  struct Name {
    Value value{};
    // The newest expected change of the name, as its place in the order of all.
    std::uint64_t last = kNone;
    bool present = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  using Names = std::unordered_map<std::string, Name, Hash, std::equal_to<>>;

  struct Expected {
    std::uint32_t payload = 0;
    std::uint32_t group = 0;
    Change change = Change::define;
    typename Names::value_type* name = nullptr;  // null for remove_all
    // The change of the same name (or the remove_all) before this one, if it was expected then.
    std::uint64_t previous = kNone;
    Value value{};
    bool ended = false;
  };

  // The change at `place`, or the newest before it in its chain that is still expected; moves `place` there.
  [[nodiscard]] Expected* alive(std::uint64_t& place) {
    while (place != kNone && place >= first_) {
      Expected& expected = expected_[static_cast<std::size_t>(place - first_)];
      if (!expected.ended) return &expected;
      place = expected.previous;
    }
    place = kNone;
    return nullptr;
  }

  void apply(Expected& expected) {
    switch (expected.change) {
      case Change::define: {
        Name& name = expected.name->second;
        size_ += name.present ? 0 : 1;
        name.present = true;
        name.value = std::move(expected.value);
        break;
      }
      case Change::remove: vacate(expected.name->second); break;
      case Change::remove_all: remove_named_now(); break;
    }
  }

  void vacate(Name& name) {
    size_ -= name.present ? 1 : 0;
    name.present = false;
    name.value = Value{};
  }

  void end(Expected& expected) {
    expected.ended = true;
    expected.value = Value{};
    if (expected.name == nullptr) {
      (void)alive(last_remove_all_);
      return;
    }
    // Looked for in any case: places at the end of the order are used again.
    Name& name = expected.name->second;
    const bool referred_to = alive(name.last) != nullptr;
    // A name without meaning is kept only as long as something refers to it.
    if (!name.present && !referred_to) names_.erase(names_.find(expected.name->first));
    expected.name = nullptr;
  }

  void drop(typename Names::iterator found) {
    vacate(found->second);
    if (alive(found->second.last) == nullptr) names_.erase(found);
  }

  void remove_named_now() {
    if (size_ == 0) return;
    for (auto next = names_.begin(); next != names_.end();) {
      const auto entry = next++;
      if (!entry->first.empty()) drop(entry);
    }
  }

  void trim() {
    while (!expected_.empty() && expected_.front().ended) {
      (void)expected_.pop_front();
      ++first_;
    }
    while (!expected_.empty() && expected_.back().ended) expected_.pop_back();
  }

  Names names_;
  Ring<Expected> expected_;
  std::size_t size_ = 0;
  // Place of the first of expected_ in the order of all.
  std::uint64_t first_ = 0;
  std::uint64_t last_remove_all_ = kNone;
};

}  // namespace sqlproxy::core
