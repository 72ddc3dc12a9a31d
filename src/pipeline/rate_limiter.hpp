#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "pipeline/subject.hpp"
#include "pipeline/token_bucket.hpp"

namespace sqlproxy::pipeline {

// What a bucket counts for.
enum class LimitLevel : std::uint8_t { global, tenant, user, database, user_database, login };
inline constexpr std::size_t kLimitLevels = 6;
[[nodiscard]] std::string_view name_of(LimitLevel level);

// In place of per_user and per_user_database for whom it speaks of; each of them has a bucket alone.
struct RateOverride {
  enum class Of { user, role, tenant };
  Of of = Of::user;
  std::string name;
  RateLimit limit;
};

// What the configuration says of rates; a level that is not set does not limit.
struct RateRules {
  std::optional<RateLimit> global{};
  std::optional<RateLimit> per_user{};
  std::optional<RateLimit> per_database{};
  std::optional<RateLimit> per_user_database{};
  std::optional<RateLimit> logins_per_address{};
  // One of a user goes before those of roles, which go before those of tenants; among equals the first counts.
  std::vector<RateOverride> overrides{};
  // Of a tenant as a whole, by its name.
  std::map<std::string, RateLimit, std::less<>> tenants{};
};

// A statement or login that came too soon.
struct RateRefusal {
  LimitLevel level = LimitLevel::global;
  RateLimit limit;
  // After this it would pass; TokenBucket::kNever when it asks for more than the bucket ever holds.
  std::chrono::nanoseconds wait{0};

  // What the client is told: 54000, with level and wait in the hint.
  [[nodiscard]] core::Error error() const;
};

// How often a level has refused; shared by all.
using RefusalCounts = std::array<std::atomic<std::uint64_t>, kLimitLevels>;

// The buckets of one session. A value that the session owns and asks from its worker's thread alone; the buckets are
// shared.
class StatementLimits {
 public:
  StatementLimits() = default;

  [[nodiscard]] bool any() const { return !levels_.empty(); }
  // Takes `statements` from every bucket, or from none: then the refusal is of the one that is longest in the way.
  [[nodiscard]] std::optional<RateRefusal> admit(std::uint32_t statements, core::TimePoint now) const;
  // Counts statements that are not refused.
  void count(std::uint32_t statements, core::TimePoint now) const;

 private:
  friend class RateLimiter;
  struct Level {
    std::shared_ptr<TokenBucket> bucket;
    LimitLevel level = LimitLevel::global;
  };

  void add(LimitLevel level, std::shared_ptr<TokenBucket> bucket) { levels_.push_back({std::move(bucket), level}); }
  [[nodiscard]] RateRefusal refusal(std::uint32_t statements, core::TimePoint now) const;

  // At most kLimitLevels.
  std::vector<Level> levels_;
  RefusalCounts* refused_ = nullptr;
};

// The buckets of the process. A bucket outlives the sessions that use it until it is full again, so that connecting
// anew gains nothing, and outlives reloads. Thread-safe; the mutex is for logins and reloads, not for statements.
// Outlives every StatementLimits.
class RateLimiter {
 public:
  // Beyond so many, buckets that are full and in nobody's use are dropped.
  static constexpr std::size_t kBucketsKept = 10'000;

  // From now on these hold: for logins at once, for a session when it asks for its limits again.
  void use(RateRules rules, core::TimePoint now);
  [[nodiscard]] StatementLimits limits_of(const Subject& subject, const std::string& database, core::TimePoint now);
  [[nodiscard]] std::optional<RateRefusal> admit_login(const std::string& address, core::TimePoint now);

  // Since the process began.
  [[nodiscard]] std::uint64_t refused(LimitLevel level) const {
    return refused_[static_cast<std::size_t>(level)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t buckets() const;

 private:
  using Buckets = std::map<std::string, std::shared_ptr<TokenBucket>, std::less<>>;

  [[nodiscard]] const RateLimit* override_of(const Subject& subject) const;
  [[nodiscard]] std::shared_ptr<TokenBucket> bucket(LimitLevel level, const std::string& name, const RateLimit& limit,
                                                    core::TimePoint now);
  void drop_unused(core::TimePoint now);

  mutable std::mutex mutex_;
  RateRules rules_;
  std::array<Buckets, kLimitLevels> buckets_;
  std::size_t count_ = 0;
  std::size_t next_clearing_ = kBucketsKept;
  RefusalCounts refused_{};
};

}  // namespace sqlproxy::pipeline
