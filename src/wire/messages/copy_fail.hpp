#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A client gives up its COPY FROM STDIN.
struct CopyFail {
  // A view into the decoded body.
  std::string_view reason;

  [[nodiscard]] static core::Result<CopyFail> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
