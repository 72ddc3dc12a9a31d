#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/messages/describe_target.hpp"

namespace sqlproxy::wire {

// Frees a prepared statement or a portal; succeeds when there is none of that name.
struct Close {
  DescribeTarget target = DescribeTarget::statement;
  // A view into the decoded body.
  std::string_view name;

  // 08P01 "invalid CLOSE message subtype n" for a target that is neither.
  [[nodiscard]] static core::Result<Close> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
