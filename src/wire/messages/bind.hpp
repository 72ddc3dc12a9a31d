#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/integer_list.hpp"
#include "wire/value_list.hpp"

namespace sqlproxy::wire {

// Makes a portal of a prepared statement. All members are views into the decoded body.
struct Bind {
  struct Names {
    std::string_view portal;     // empty: the unnamed portal
    std::string_view statement;  // empty: the unnamed statement
    // Bytes of the body that the two names take, zero bytes included: what follows can be relayed unread.
    std::size_t size = 0;
  };

  std::string_view portal;
  std::string_view statement;
  // None (all text), one (for all) or one for each parameter. The codes themselves are not checked.
  FormatCodeList parameter_formats;
  ValueList parameters;
  FormatCodeList result_formats;

  // The names at the start of a body of `body_size` bytes of which `available` have arrived; none: more bytes are
  // needed. 08P01 when the body ends before the names do. How many bytes to wait for is the caller's limit to set.
  [[nodiscard]] static core::Result<std::optional<Names>> decode_prefix(std::string_view available,
                                                                        std::size_t body_size);

  // Reads and checks everything (tcop/postgres.c, exec_bind_message; protocol.md 4.1.6).
  [[nodiscard]] static core::Result<Bind> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
