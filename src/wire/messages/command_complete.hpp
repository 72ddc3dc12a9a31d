#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A statement is done. Members are views into the decoded body.
struct CommandComplete {
  // "INSERT 0 5".
  std::string_view tag;
  // The tag without its numbers: "INSERT", "CREATE TABLE".
  std::string_view command;
  // The last number of the tag: rows returned, changed or copied. None where the tag has none.
  std::optional<std::uint64_t> rows;

  [[nodiscard]] static core::Result<CommandComplete> decode(std::string_view body);
  // Reads a tag that is already at hand; never fails.
  [[nodiscard]] static CommandComplete from_tag(std::string_view tag) noexcept;
  // Writes `tag`; the other members do not count.
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
