#include "wire/password_verifier.hpp"

#include <cstddef>

#include "wire/scram_verifier.hpp"

namespace sqlproxy::wire {
namespace {

bool is_md5_verifier(std::string_view text) {
  constexpr std::size_t kSize = 3 + 32;
  return text.size() == kSize && text.starts_with("md5") &&
         text.substr(3).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

VerifierKind verifier_kind(std::string_view text) {
  if (is_md5_verifier(text)) return VerifierKind::md5;
  if (ScramVerifier::parse(text)) return VerifierKind::scram_sha_256;
  return VerifierKind::plaintext;
}

}  // namespace sqlproxy::wire
