#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/integer_list.hpp"
#include "wire/value_list.hpp"

namespace sqlproxy::wire {

// Calls a function by its OID ("fast path"). Lists are views into the decoded body.
struct FunctionCall {
  std::uint32_t function_oid = 0;
  // None (all text), one (for all) or one for each argument. The codes themselves are not checked.
  FormatCodeList argument_formats;
  ValueList arguments;
  std::uint16_t result_format = 0;

  // The OID at the start of a body of `body_size` bytes of which `available` have arrived; none: more bytes are needed.
  // 08P01 when the body is too short for one.
  [[nodiscard]] static core::Result<std::optional<std::uint32_t>> decode_prefix(std::string_view available,
                                                                                std::size_t body_size);

  [[nodiscard]] static core::Result<FunctionCall> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
