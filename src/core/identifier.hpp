#pragma once

#include <cstddef>
#include <string_view>

namespace sqlproxy::core {

// PostgreSQL keeps names in NAMEDATALEN = 64 bytes, the last one a zero.
inline constexpr std::size_t kMaxIdentifierBytes = 63;

// The part of `name` that PostgreSQL keeps of an identifier in SQL text: at most 63 bytes, cut at a UTF-8 character
// boundary (parser/scansup.c, truncate_identifier).
[[nodiscard]] std::string_view truncate_identifier(std::string_view name) noexcept;

// The part of `name` that tells protocol-level prepared statements and portals apart: their hash tables compare at most
// 63 bytes, wherever that cuts (commands/prepare.c and utils/mmgr/portalmem.c, keys of NAMEDATALEN).
[[nodiscard]] inline std::string_view truncate_hash_key(std::string_view name) noexcept {
  return name.substr(0, kMaxIdentifierBytes);
}

}  // namespace sqlproxy::core
