#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A further message of a client's SASL exchange. Any body is one.
struct SASLResponse {
  // A view into the decoded body.
  std::string_view data;

  [[nodiscard]] static SASLResponse decode(std::string_view body) noexcept { return {body}; }
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
