#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/integer_list.hpp"

namespace sqlproxy::wire {

// The types of a prepared statement's parameters, as the server found them.
struct ParameterDescription {
  // A view into the decoded body.
  OidList parameter_types;

  [[nodiscard]] static core::Result<ParameterDescription> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
