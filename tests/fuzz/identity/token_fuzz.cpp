// Input: a key file, a line that holds '%' alone, and HEADER%CLAIMS of a token. The token is signed with a key that is
// known, so that its claims are reached whatever they are. What is believed must be what the configuration asks for.
#include <cstdlib>
#include <string>

#include "identity/base64url.hpp"
#include "identity/key_file.hpp"
#include "identity/token_verifier.hpp"
#include "tests/support/identity/token_maker.hpp"

using namespace sqlproxy;
using namespace sqlproxy::identity;

namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

void require(bool holds) {
  if (!holds) std::abort();
}

TokenVerifier verifier() {
  config::Jwt jwt;
  jwt.issuer = "i";
  jwt.audience = "a";
  jwt.algorithms = {JwtAlgorithm::hs256};
  return {jwt, {VerificationKey::of_secret(core::Secret(std::string(kSecret)))}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TokenVerifier kVerifier = verifier();
  const core::WallTime now{std::chrono::seconds(1000)};
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t mark = input.find("\n%\n");
  if (const auto keys = parse_keys(input.substr(0, mark))) require(!keys->empty() && keys->size() <= kMaxKeys);
  const std::string_view rest = mark == std::string_view::npos ? input : input.substr(mark + 3);

  // As it is: nothing that was not signed is believed.
  require(!kVerifier.verify(rest, "u", now));
  if (const auto bytes = base64url_decode(rest)) require(test::base64url_encode(*bytes) == rest);

  const std::size_t middle = rest.find('%');
  if (middle == std::string_view::npos) return 0;
  const std::string_view claims = rest.substr(middle + 1);
  const std::string text = test::signed_text(rest.substr(0, middle), claims);
  const std::string token = text + '.' + test::base64url_encode(test::hmac_sha256(kSecret, text));
  if (!kVerifier.verify(token, "u", now)) return 0;
  require(rest.substr(0, middle).find("HS") != std::string_view::npos ||
          rest.substr(0, middle).find('\\') != std::string_view::npos);
  require(claims.find('"') != std::string_view::npos && claims.starts_with('{'));
  require(!kVerifier.verify(token, "v", now) || claims.find('[') != std::string_view::npos);
  require(!kVerifier.verify(token, "u", core::WallTime(std::chrono::hours(24 * 365 * 9000))));
  return 0;
}
