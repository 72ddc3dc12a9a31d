#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// The result of a FunctionCall.
struct FunctionCallResponse {
  // None: NULL. A view into the decoded body.
  std::optional<std::string_view> value;

  [[nodiscard]] static core::Result<FunctionCallResponse> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
