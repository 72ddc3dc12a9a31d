#pragma once

#include <cstddef>
#include <string_view>

namespace sqlproxy::wire {

inline constexpr std::string_view kScramSha256 = "SCRAM-SHA-256";
inline constexpr std::string_view kScramSha256Plus = "SCRAM-SHA-256-PLUS";

// The longest message of an exchange that is looked at (libpq/sasl.h, PG_MAX_SASL_MESSAGE_LENGTH).
inline constexpr std::size_t kMaxSaslMessage = 1024;

}  // namespace sqlproxy::wire
