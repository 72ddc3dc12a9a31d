#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "backend/server_target.hpp"

namespace sqlproxy::frontend {

// Which values of settings a database's servers have accepted before, and so will again: a replay of these need not be
// waited for. One per worker and not thread-safe. Bounded: what does not fit is waited for.
class AcceptedSettings {
 public:
  void add(std::string_view database, const backend::Settings& settings) {
    for (const backend::Setting& setting : settings) {
      if (known_.size() >= kMaxKnown) return;
      known_.insert(hash(database, setting));
    }
  }
  [[nodiscard]] bool contain(std::string_view database, const backend::Settings& settings) const {
    for (const backend::Setting& setting : settings) {
      if (!known_.contains(hash(database, setting))) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kMaxKnown = 10000;

  // A collision would only make a replay be sent without waiting.
  [[nodiscard]] static std::uint64_t hash(std::string_view database, const backend::Setting& setting) {
    const std::hash<std::string_view> text;
    return (text(database) * 31 + text(setting.name)) * 31 + text(setting.value);
  }

  std::unordered_set<std::uint64_t> known_;
};

}  // namespace sqlproxy::frontend
