#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A simple query: one or more statements as text.
struct Query {
  // A view into the decoded body. Holds no zero byte.
  std::string_view text;

  [[nodiscard]] static core::Result<Query> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
