#pragma once

#include <cstddef>
#include <string_view>

namespace sqlproxy::wire {

inline constexpr std::string_view kScramSha256 = "SCRAM-SHA-256";
inline constexpr std::string_view kScramSha256Plus = "SCRAM-SHA-256-PLUS";

// The GS2 header of a client that binds the exchange to the server's certificate (RFC 5929, section 4).
inline constexpr std::string_view kScramBindingHeader = "p=tls-server-end-point,,";

// Random bytes of either side's nonce, which goes over the wire in base64 (common/scram-common.h).
inline constexpr std::size_t kScramNonceSize = 18;

// The longest message of an exchange that is looked at (libpq/sasl.h, PG_MAX_SASL_MESSAGE_LENGTH).
inline constexpr std::size_t kMaxSaslMessage = 1024;

}  // namespace sqlproxy::wire
