#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/integer_list.hpp"

namespace sqlproxy::wire {

// Creates a prepared statement. All members are views into the decoded body.
struct Parse {
  std::string_view statement;  // empty: the unnamed statement
  std::string_view text;
  // Types that the client fixes; 0 leaves one to the server. May be shorter than the number of parameters.
  OidList parameter_types;

  [[nodiscard]] static core::Result<Parse> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
