#pragma once

#include <string_view>

namespace sqlproxy::wire {

// What a string in the place of a password is, told by its form alone (libpq/crypt.c, get_password_type).
enum class VerifierKind {
  plaintext,
  md5,            // "md5" and 32 lower-case hexadecimal digits
  scram_sha_256,  // what ScramVerifier::parse() takes
};

[[nodiscard]] VerifierKind verifier_kind(std::string_view text);

}  // namespace sqlproxy::wire
