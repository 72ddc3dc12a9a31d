#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/messages/describe_target.hpp"

namespace sqlproxy::wire {

// Asks for the parameters and columns of a prepared statement, or the columns of a portal.
struct Describe {
  DescribeTarget target = DescribeTarget::statement;
  // A view into the decoded body.
  std::string_view name;

  // 08P01 "invalid DESCRIBE message subtype n" for a target that is neither.
  [[nodiscard]] static core::Result<Describe> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
