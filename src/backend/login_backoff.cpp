#include "backend/login_backoff.hpp"

#include <algorithm>

namespace sqlproxy::backend {

bool LoginBackoff::concerns(const LoginFailure& failure) {
  if (failure.cause == LoginFailure::Cause::network) return true;
  return failure.cause == LoginFailure::Cause::refused &&
         (failure.error.sqlstate == core::sqlstate::kCannotConnectNow ||
          failure.error.sqlstate == core::sqlstate::kTooManyConnections);
}

void LoginBackoff::failed(const std::shared_ptr<const ServerTarget>& target, const LoginFailure& failure,
                          core::TimePoint started, core::TimePoint now) {
  const bool first = !failure_;
  const bool same = failure_ && started < failed_at_;
  failure_ = failure;
  target_ = target;
  if (same) return;
  if (first) {
    pause_ = std::chrono::milliseconds::zero();
  } else {
    pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  }
  failed_at_ = now;
  until_ = now + pause_;
}

}  // namespace sqlproxy::backend
