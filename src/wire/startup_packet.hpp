#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::wire {

// What the first packet of a connection asks for.
enum class StartupRequest {
  SSLRequest,
  GSSENCRequest,
  CancelRequest,
  StartupMessage,  // every other code is a protocol version
};

inline constexpr std::uint32_t kCancelRequestCode = 80877102;
inline constexpr std::uint32_t kSSLRequestCode = 80877103;
inline constexpr std::uint32_t kGSSENCRequestCode = 80877104;

// Bytes of the length word that begins the packet.
inline constexpr std::size_t kStartupLengthSize = 4;
// Bytes of an SSLRequest or GSSENCRequest, length word included. Reading more than this before the answer would take
// bytes that belong to the handshake (protocol.md 1.2.2).
inline constexpr std::size_t kEncryptionRequestSize = 8;
// Bounds of what follows the length word (protocol.md 1.1.2).
inline constexpr std::uint32_t kMinStartupBody = 4;
inline constexpr std::uint32_t kMaxStartupBody = 10'000;

// Bytes that follow the length word in the first four of `bytes`. Requires: bytes.size() >= 4. None when the length is
// not legal: the connection is closed without a reply.
[[nodiscard]] std::optional<std::uint32_t> decode_startup_length(std::string_view bytes) noexcept;

// What a packet is, by the request code that begins its body (what follows the length word).
// Requires: body.size() >= kMinStartupBody.
[[nodiscard]] StartupRequest startup_request(std::string_view body) noexcept;

// The eight bytes with which a client asks for TLS.
void encode_ssl_request(std::string& out);

}  // namespace sqlproxy::wire
