#pragma once

#include <string>
#include <utility>

#include "core/error.hpp"

namespace sqlproxy::wire {

// 08P01: a peer broke the protocol. Whether that ends the connection is for the caller to say.
[[nodiscard]] inline core::Error protocol_violation(std::string message, std::string detail = {}) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation, std::move(message),
                          std::move(detail));
}

}  // namespace sqlproxy::wire
