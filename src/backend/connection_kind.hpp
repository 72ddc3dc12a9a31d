#pragma once

#include <memory>

#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// What connections of one pool must have in common to be interchangeable. Immutable; one object in the process for as
// long as it is used (SharedPool::kind()), so that kinds are compared by address.
struct ConnectionKind {
  std::shared_ptr<const ServerTarget> target;
  StartupSettings settings;

  [[nodiscard]] bool fits(const std::shared_ptr<const ServerTarget>& other, const StartupSettings& others) const {
    return (target == other || *target == *other) && settings == others;
  }
};
using ConnectionKindPtr = std::shared_ptr<const ConnectionKind>;

}  // namespace sqlproxy::backend
