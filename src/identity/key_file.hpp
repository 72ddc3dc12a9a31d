#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "identity/verification_key.hpp"

namespace sqlproxy::identity {

// A token that names no key is tried with each one of its kind.
inline constexpr std::size_t kMaxKeys = 32;

// The public keys of a JWKS (RFC 7517) or of PEM text ("PUBLIC KEY" and "CERTIFICATE", of which the key alone counts).
// All or none: what is a private or a symmetric key, too weak or broken is an error. Of a JWKS, keys that are not for
// signatures, and those of kinds that are unknown here, are passed over, as the RFC demands. At least one, at most
// kMaxKeys.
[[nodiscard]] core::Result<std::vector<VerificationKey>> parse_keys(std::string_view text);

// Reads the file; blocks. Its errors name it.
[[nodiscard]] core::Result<std::vector<VerificationKey>> read_keys(const std::filesystem::path& path);

}  // namespace sqlproxy::identity
