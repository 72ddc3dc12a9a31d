#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// The value of a setting that the server reports. Members are views into the decoded body.
struct ParameterStatus {
  std::string_view name;
  std::string_view value;

  [[nodiscard]] static core::Result<ParameterStatus> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
