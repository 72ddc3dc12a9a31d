#include "pipeline/rate_limiter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace sqlproxy::pipeline {
namespace {

// As people write it: 500, 0.5, 33.3.
std::string number(double value) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.6g", value);
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

std::string what_is_limited(LimitLevel level) {
  switch (level) {
    case LimitLevel::global: return "all statements together";
    case LimitLevel::tenant: return "the tenant's statements";
    case LimitLevel::user: return "the user's statements";
    case LimitLevel::database: return "the database's statements";
    case LimitLevel::user_database: return "the user's statements in this database";
    case LimitLevel::login: return "logins from one address";
  }
  return {};
}

}  // namespace

std::string_view name_of(LimitLevel level) {
  switch (level) {
    case LimitLevel::global: return "global";
    case LimitLevel::tenant: return "tenant";
    case LimitLevel::user: return "user";
    case LimitLevel::database: return "database";
    case LimitLevel::user_database: return "user_database";
    case LimitLevel::login: return "login";
  }
  return {};
}

core::Error RateRefusal::error() const {
  const std::string level_name(name_of(level));
  const std::string detail = "The limit for " + what_is_limited(level) + " is " + number(limit.rate) +
                             " a second, with bursts of " + number(limit.burst) + '.';
  std::string hint;
  if (wait == TokenBucket::kNever) {
    hint = "The message has more statements than a burst of the level \"" + level_name + "\"; split it.";
  } else {
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    hint = "Try again in " + std::to_string(std::max<std::int64_t>(milliseconds, 1)) + " ms (level \"" + level_name +
           "\").";
  }
  return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded, "rate limit exceeded",
                          detail, std::move(hint));
}

RateRefusal StatementLimits::refusal(std::uint32_t statements, core::TimePoint now) const {
  RateRefusal longest;
  for (const Level& level : levels_) {
    const auto wait = level.bucket->wait_for(statements, now);
    // At least the last one was in the way a moment ago.
    if (&level == levels_.data() || wait > longest.wait) longest = {level.level, level.bucket->limit(), wait};
  }
  return longest;
}

std::optional<RateRefusal> StatementLimits::admit(std::uint32_t statements, core::TimePoint now) const {
  // Looking first keeps those who are refused from writing to what they share with others.
  bool passes = true;
  for (std::size_t i = 0; i < levels_.size() && passes; ++i) {
    passes = levels_[i].bucket->wait_for(statements, now) == std::chrono::nanoseconds::zero();
  }
  std::size_t taken = 0;
  while (passes && taken < levels_.size()) {
    passes = levels_[taken].bucket->take(statements, now);
    if (passes) ++taken;
  }
  if (passes) return std::nullopt;
  while (taken > 0) levels_[--taken].bucket->give_back(statements);
  const RateRefusal refused = refusal(statements, now);
  (*refused_)[static_cast<std::size_t>(refused.level)].fetch_add(1, std::memory_order_relaxed);
  return refused;
}

void StatementLimits::count(std::uint32_t statements, core::TimePoint now) const {
  for (const Level& level : levels_) level.bucket->take_what_is_there(statements, now);
}

void RateLimiter::use(RateRules rules, core::TimePoint now) {
  const std::scoped_lock lock(mutex_);
  rules_ = std::move(rules);
  drop_unused(now);
}

const RateLimit* RateLimiter::override_of(const Subject& subject) const {
  using Of = RateOverride::Of;
  const auto speaks_of = [&subject](const RateOverride& entry) {
    switch (entry.of) {
      case Of::user: return entry.name == subject.user;
      case Of::role: return std::ranges::find(subject.roles, entry.name) != subject.roles.end();
      case Of::tenant: return entry.name == subject.tenant;
    }
    return false;
  };
  for (const Of of : {Of::user, Of::role, Of::tenant}) {
    for (const RateOverride& entry : rules_.overrides) {
      if (entry.of == of && speaks_of(entry)) return &entry.limit;
    }
  }
  return nullptr;
}

StatementLimits RateLimiter::limits_of(const Subject& subject, const std::string& database, core::TimePoint now) {
  const std::scoped_lock lock(mutex_);
  StatementLimits limits;
  limits.refused_ = &refused_;
  const auto add = [&](LimitLevel level, const std::string& name, const RateLimit* limit) {
    if (limit != nullptr) limits.add(level, bucket(level, name, *limit, now));
  };
  const auto set = [](const std::optional<RateLimit>& limit) { return limit ? &*limit : nullptr; };
  const RateLimit* const own = override_of(subject);
  const auto tenant = rules_.tenants.find(subject.tenant);
  add(LimitLevel::global, {}, set(rules_.global));
  add(LimitLevel::tenant, subject.tenant, tenant == rules_.tenants.end() ? nullptr : &tenant->second);
  add(LimitLevel::user, subject.user, own != nullptr ? own : set(rules_.per_user));
  add(LimitLevel::database, database, set(rules_.per_database));
  // No name holds a zero byte.
  if (own == nullptr) {
    add(LimitLevel::user_database, subject.user + '\0' + database, set(rules_.per_user_database));
  }
  return limits;
}

std::optional<RateRefusal> RateLimiter::admit_login(const std::string& address, core::TimePoint now) {
  const std::scoped_lock lock(mutex_);
  if (!rules_.logins_per_address) return std::nullopt;
  const std::shared_ptr<TokenBucket> logins = bucket(LimitLevel::login, address, *rules_.logins_per_address, now);
  if (logins->take(1, now)) return std::nullopt;
  refused_[static_cast<std::size_t>(LimitLevel::login)].fetch_add(1, std::memory_order_relaxed);
  return RateRefusal{LimitLevel::login, logins->limit(), logins->wait_for(1, now)};
}

std::shared_ptr<TokenBucket> RateLimiter::bucket(LimitLevel level, const std::string& name, const RateLimit& limit,
                                                 core::TimePoint now) {
  std::shared_ptr<TokenBucket>& known = buckets_[static_cast<std::size_t>(level)][name];
  if (known) {
    known->change(limit, now);
    return known;
  }
  known = std::make_shared<TokenBucket>(limit, now);
  const std::shared_ptr<TokenBucket> made = known;
  if (++count_ > next_clearing_) drop_unused(now);
  return made;
}

void RateLimiter::drop_unused(core::TimePoint now) {
  count_ = 0;
  for (Buckets& of_level : buckets_) {
    std::erase_if(of_level,
                  [now](const auto& entry) { return entry.second.use_count() == 1 && entry.second->is_full(now); });
    count_ += of_level.size();
  }
  next_clearing_ = std::max(kBucketsKept, 2 * count_);
}

std::size_t RateLimiter::buckets() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

}  // namespace sqlproxy::pipeline
