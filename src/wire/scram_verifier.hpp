#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace sqlproxy::wire {

// Bytes of every key of SCRAM-SHA-256.
inline constexpr std::size_t kScramKeySize = 32;
// PostgreSQL's defaults for new verifiers.
inline constexpr std::uint32_t kScramDefaultIterations = 4096;
inline constexpr std::size_t kScramSaltSize = 16;

// What a server keeps of a password for SCRAM-SHA-256 (RFC 5802, section 3; protocol.md 2.4.1). Immutable by habit;
// safe to read from several threads.
struct ScramVerifier {
  std::uint32_t iterations = kScramDefaultIterations;
  // Raw bytes, never empty.
  std::string salt;
  // kScramKeySize bytes each.
  core::Secret stored_key;
  core::Secret server_key;

  // Reads "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>", with salt and keys in base64. None for anything
  // else.
  [[nodiscard]] static std::optional<ScramVerifier> parse(std::string_view text);

  // Costs `iterations` HMACs (milliseconds). Requires: iterations > 0, salt not empty.
  [[nodiscard]] static ScramVerifier from_password(std::string_view password, std::string_view salt,
                                                   std::uint32_t iterations = kScramDefaultIterations);
  // With a new random salt.
  [[nodiscard]] static ScramVerifier from_password(std::string_view password);

  // Looks like a real user's verifier but no password fits it: for users that do not exist. The same user and secret
  // give the same salt, so `secret` has to be stable over restarts and equal on all nodes (protocol.md 2.2.7).
  [[nodiscard]] static ScramVerifier mock(std::string_view user, const core::Secret& secret, std::uint32_t iterations);

  // The form that parse() reads.
  [[nodiscard]] std::string text() const;
};

}  // namespace sqlproxy::wire
