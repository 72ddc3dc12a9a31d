#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace sqlproxy::wire {

// `text` after the SASLprep profile (RFC 4013). None when it is not valid UTF-8, holds a prohibited or unassigned
// character, breaks the rules for bidirectional text, or nothing is left of it.
//
// Where PostgreSQL (common/saslprep.c) departs from the RFC so does this, or the hashes would differ: pure ASCII is
// taken as it is, control characters and all, and the prohibitions are applied to the text before its normalisation.
[[nodiscard]] std::optional<std::string> saslprep(std::string_view text);

// What SCRAM hashes: the prepared password, or its raw bytes where saslprep() has none (protocol.md 2.4.2).
[[nodiscard]] core::Secret prepare_password(std::string_view password);

}  // namespace sqlproxy::wire
