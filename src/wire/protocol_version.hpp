#pragma once

#include <compare>
#include <cstdint>

namespace sqlproxy::wire {

// A protocol version as a startup packet asks for it.
struct ProtocolVersion {
  std::uint16_t major = 3;
  std::uint16_t minor = 0;

  [[nodiscard]] static constexpr ProtocolVersion from_code(std::uint32_t code) noexcept {
    return {static_cast<std::uint16_t>(code >> 16), static_cast<std::uint16_t>(code & 0xffff)};
  }
  // 196608 for 3.0.
  [[nodiscard]] constexpr std::uint32_t code() const noexcept { return (std::uint32_t{major} << 16) | minor; }

  friend constexpr auto operator<=>(const ProtocolVersion&, const ProtocolVersion&) = default;
};

inline constexpr ProtocolVersion kProtocol30{3, 0};
// Cancel keys of up to 256 bytes; otherwise as 3.0 (PostgreSQL 18).
inline constexpr ProtocolVersion kProtocol32{3, 2};

// What to speak with a client that asked for `requested`, of major version 3: 3.2 if it may, else 3.0. Version 3.1 was
// never in use and has the semantics of 3.0 (protocol.md 1.5.5). When the result is below `requested` the client has to
// be told with a NegotiateProtocolVersion.
[[nodiscard]] constexpr ProtocolVersion negotiate_version(ProtocolVersion requested) noexcept {
  return requested >= kProtocol32 ? kProtocol32 : kProtocol30;
}

}  // namespace sqlproxy::wire
