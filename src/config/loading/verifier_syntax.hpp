#pragma once

#include <string_view>

namespace sqlproxy::config::loading {

enum class VerifierKind { none, scram_sha_256, md5 };

// What `text` is the form of: "SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY" with base64 parts and keys of 32
// bytes, or "md5" and 32 hexadecimal digits, as pg_authid.rolpassword holds them.
[[nodiscard]] VerifierKind verifier_kind(std::string_view text);

}  // namespace sqlproxy::config::loading
