#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "backend/server_login.hpp"
#include "core/clock.hpp"

namespace sqlproxy::backend {

// Keeps a pool from knocking at a server that does not let anybody in: after a failure one attempt at a time is made,
// the first at once and each further one after a pause that doubles. Computes only; not thread-safe.
class LoginBackoff {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{100};
  static constexpr std::chrono::milliseconds kLongestPause{5000};

  // True for failures that are the server's state and no matter of who logs in: not reached, starting up or shutting
  // down, or full.
  [[nodiscard]] static bool concerns(const LoginFailure& failure);

  // An attempt that began at `started` has failed. Attempts that began before the last failure was known are one with
  // it.
  void failed(const std::shared_ptr<const ServerTarget>& target, const LoginFailure& failure, core::TimePoint started,
              core::TimePoint now);
  void succeeded() { failure_.reset(); }
  // Somebody else has done the waiting: the next attempt may be made at once.
  void end_pause(core::TimePoint now) { until_ = now; }

  // The last attempt has failed: at most one may be under way.
  [[nodiscard]] bool failing() const { return failure_.has_value(); }
  // No attempt may be made now.
  [[nodiscard]] bool pausing(core::TimePoint now) const { return failure_ && now < until_; }
  // The last failure. Requires: failing().
  [[nodiscard]] const LoginFailure& failure() const { return *failure_; }
  // The failure is not one of `target`, which has taken the place of another.
  [[nodiscard]] bool is_of_another(const ServerTarget& target) const { return failure_ && !(*target_ == target); }

 private:
  std::optional<LoginFailure> failure_;
  std::shared_ptr<const ServerTarget> target_;
  core::TimePoint failed_at_;
  core::TimePoint until_;
  std::chrono::milliseconds pause_{0};
};

}  // namespace sqlproxy::backend
