#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/secret.hpp"

// The functions of which SCRAM-SHA-256 is made (RFC 5802, section 3). Only for the SCRAM files of this folder.
// A failure of the cryptographic library, which these inputs cannot cause, ends the process.
namespace sqlproxy::wire::scram {

// kScramKeySize bytes each.
[[nodiscard]] core::Secret sha256(std::string_view data);
[[nodiscard]] core::Secret hmac_sha256(const core::Secret& key, std::string_view data);

// Of two strings of equal length.
[[nodiscard]] core::Secret exclusive_or(std::string_view a, std::string_view b);

// What a password comes to, given the salt and count of its verifier.
struct PasswordKeys {
  core::Secret client_key;
  core::Secret server_key;
};

// Costs `iterations` HMACs. Applies SASLprep to the password. Requires: iterations > 0.
[[nodiscard]] PasswordKeys derive_keys(std::string_view password, std::string_view salt, std::uint32_t iterations);

}  // namespace sqlproxy::wire::scram
