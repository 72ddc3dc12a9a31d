#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::wire {

// `text` after the SASLprep profile (RFC 4013), with the deviations that PostgreSQL has (common/saslprep.c): plain
// ASCII is taken as it is. None when it is not valid UTF-8, holds a prohibited or unassigned character, breaks the
// rules for bidirectional text, or nothing is left of it.
[[nodiscard]] std::optional<std::string> saslprep(std::string_view text);

// What SCRAM hashes: the prepared password, or its raw bytes where saslprep() has none (protocol.md 2.4.2).
// A secret: the caller wipes it.
[[nodiscard]] std::string prepare_password(std::string_view password);

}  // namespace sqlproxy::wire
