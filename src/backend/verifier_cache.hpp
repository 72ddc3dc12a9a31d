#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "backend/role_verifier.hpp"
#include "core/clock.hpp"

namespace sqlproxy::backend {

// What lookups found, for a while. Names that may not log in have a table of their own, so that a client that tries
// names cannot drive out those of real users. Not thread-safe; its owner locks.
class VerifierCache {
 public:
  // Entries of each table; the oldest goes when there are more.
  static constexpr std::size_t kMaxKnown = 10000;
  static constexpr std::size_t kMaxUnknown = 1000;
  // A role that has just been made can log in soon.
  static constexpr std::chrono::milliseconds kUnknownLifetime{1000};

  // `lifetime`: how long a verifier is believed; 0: not at all.
  explicit VerifierCache(std::chrono::milliseconds lifetime) : lifetime_(lifetime) {}

  // None: not known, look it up.
  [[nodiscard]] std::optional<RoleVerifierPtr> find(const std::string& user, core::TimePoint now) const;
  void keep(const std::string& user, const VerifierAnswer& answer, core::TimePoint now);
  void forget(const std::string& user);
  [[nodiscard]] std::size_t size() const { return known_.size() + unknown_.size(); }

 private:
  struct Entry {
    RoleVerifierPtr verifier;
    core::TimePoint until;
  };
  using Table = std::unordered_map<std::string, Entry>;

  static void insert(Table& table, std::size_t limit, const std::string& user, Entry entry, core::TimePoint now);

  std::chrono::milliseconds lifetime_;
  Table known_;
  Table unknown_;
};

}  // namespace sqlproxy::backend
