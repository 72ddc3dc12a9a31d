#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// Runs a portal.
struct Execute {
  // A view into the decoded body.
  std::string_view portal;
  // Rows after which the server suspends the portal; zero or negative: all.
  std::int32_t max_rows = 0;

  [[nodiscard]] static core::Result<Execute> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
