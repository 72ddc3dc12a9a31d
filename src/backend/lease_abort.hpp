#pragma once

#include <utility>

#include "core/error.hpp"
#include "core/rare.hpp"
#include "net/signal.hpp"

namespace sqlproxy::backend {

// Lets a session end its own ServerPool::lease() while that waits. Owned by the session, outlives the lease(), and
// serves one at a time. Worker's thread only.
class LeaseAbort {
 public:
  // The lease() that waits, or else the next one, fails with `error`. Only the first call until reset() counts.
  void abort(core::Error error) {
    if (!error_) error_ = std::move(error);
    if (waiting_ != nullptr) waiting_->notify_all();
  }
  [[nodiscard]] bool aborted() const { return error_.has_value(); }
  // Makes it as new. Requires: no lease() waits.
  void reset() { error_.reset(); }

 private:
  friend class ServerPool;

  core::Rare<core::Error> error_;
  net::Signal* waiting_ = nullptr;
};

}  // namespace sqlproxy::backend
