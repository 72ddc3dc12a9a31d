#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sqlproxy::pipeline {

// A name and its hash, so that a lookup in several tables hashes it once. The text must outlive this.
struct HashedName {
  std::string_view text;
  std::uint64_t hash;

  // From anything that converts to std::string_view.
  template <std::convertible_to<std::string_view> Text>
  HashedName(const Text& name) : text(name), hash(hash_of(text)) {}  // NOLINT(*-explicit-*)

 private:
  static std::uint64_t hash_of(std::string_view text);
};

// A map from names to values with open addressing: built once, then only read. Two memory accesses for a miss as a
// rule. Adding moves the values.
template <class T>
class NameTable {
 public:
  // The name's value, made if it is not there. Valid until the next call.
  T& operator[](std::string_view name) {
    const HashedName key(name);
    if (Entry* found = find_entry(key)) return found->value;
    entries_.push_back(Entry{key.hash, std::string(name), T{}});
    if (entries_.size() * 2 > slots_.size())
      grow();
    else
      place(entries_.size() - 1);
    return entries_.back().value;
  }

  [[nodiscard]] const T* find(const HashedName& name) const {
    const Entry* entry = const_cast<NameTable*>(this)->find_entry(name);
    return entry != nullptr ? &entry->value : nullptr;
  }

 private:
  struct Entry {
    std::uint64_t hash;
    std::string name;
    T value;
  };
  // Index into entries_ plus one, 0 for a free slot; the hash's upper half tells most strangers apart without a look
  // at the entry. At most half of the slots are taken; their number is a power of two.
  struct Slot {
    std::uint32_t hash_high = 0;
    std::uint32_t entry = 0;
  };

  static std::uint32_t high(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32U); }

  Entry* find_entry(const HashedName& name) {
    if (entries_.empty()) return nullptr;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = name.hash & mask; slots_[i].entry != 0; i = (i + 1) & mask) {
      if (slots_[i].hash_high != high(name.hash)) continue;
      Entry& entry = entries_[slots_[i].entry - 1];
      if (entry.hash == name.hash && entry.name == name.text) return &entry;
    }
    return nullptr;
  }

  void place(std::size_t index) {
    const std::uint64_t hash = entries_[index].hash;
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = hash & mask;
    while (slots_[i].entry != 0) i = (i + 1) & mask;
    slots_[i] = Slot{high(hash), static_cast<std::uint32_t>(index + 1)};
  }

  void grow() {
    slots_.assign(slots_.empty() ? 8 : slots_.size() * 2, Slot{});
    for (std::size_t i = 0; i < entries_.size(); ++i) place(i);
  }

  std::vector<Entry> entries_;
  std::vector<Slot> slots_;
};

}  // namespace sqlproxy::pipeline
