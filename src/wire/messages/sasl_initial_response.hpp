#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A client's choice of a SASL mechanism. Members are views into the decoded body.
struct SASLInitialResponse {
  std::string_view mechanism;
  // None when the client sent no initial response at all (length -1), which is not the same as an empty one.
  std::optional<std::string_view> data;

  [[nodiscard]] static core::Result<SASLInitialResponse> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
