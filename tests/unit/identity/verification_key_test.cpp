// Signatures: the examples of RFC 7515, appendix A, and of RFC 8037, appendix A.4, and each algorithm with keys of
// ours.

#include "identity/verification_key.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "identity/base64url.hpp"
#include "identity/json_web_key.hpp"
#include "tests/support/identity/token_maker.hpp"

namespace sqlproxy::identity {
namespace {

using config::JwtAlgorithm;
using test::IssuerKey;

constexpr std::string_view kRfcClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

bool verifies(const VerificationKey& key, JwtAlgorithm algorithm, const std::string& text, std::string_view signature) {
  const auto bytes = base64url_decode(signature);
  return bytes && key.serves(algorithm) && key.verifies(algorithm, text, *bytes);
}

VerificationKey key_of(const std::string& json) {
  auto keys = parse_json_web_keys(json);
  EXPECT_TRUE(keys && keys->size() == 1) << json;
  return keys->front();
}

struct Example {
  const char* name;
  JwtAlgorithm algorithm;
  std::string key;
  std::string text;
  std::string signature;
};

std::vector<Example> examples() {
  return {
      {"RFC 7515 A.2", JwtAlgorithm::rs256,
       R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})",
       "eyJhbGciOiJSUzI1NiJ9." + std::string(kRfcClaims),
       "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr"
       "7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
       "xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_"
       "IoypGlUPQGe77Rw"},
      {"RFC 7515 A.3", JwtAlgorithm::es256,
       R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
       "eyJhbGciOiJFUzI1NiJ9." + std::string(kRfcClaims),
       "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
      {"RFC 8037 A.4", JwtAlgorithm::eddsa,
       R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
       "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
       "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
  };
}

TEST(VerificationKey, VerifiesTheExamplesOfTheStandards) {
  for (const Example& example : examples()) {
    const VerificationKey key = key_of(example.key);
    EXPECT_TRUE(verifies(key, example.algorithm, example.text, example.signature)) << example.name;
    EXPECT_FALSE(verifies(key, example.algorithm, example.text + "A", example.signature)) << example.name;
    for (const std::size_t place : {std::size_t{1}, example.signature.size() / 2}) {
      std::string changed = example.signature;
      changed[place] = changed[place] == 'A' ? 'B' : 'A';
      EXPECT_FALSE(verifies(key, example.algorithm, example.text, changed)) << example.name << " at " << place;
    }
  }
}

TEST(VerificationKey, VerifiesTheHmacExample) {
  const auto secret =
      base64url_decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  ASSERT_TRUE(secret);
  const VerificationKey key = VerificationKey::of_secret(core::Secret(*secret));
  const std::string text = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(kRfcClaims);
  EXPECT_TRUE(verifies(key, JwtAlgorithm::hs256, text, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
  EXPECT_FALSE(verifies(key, JwtAlgorithm::hs256, text, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXA"));
  EXPECT_FALSE(verifies(key, JwtAlgorithm::hs256, text, "dBjftJeZ4CVP"));
  EXPECT_FALSE(verifies(key, JwtAlgorithm::hs256, text, ""));
}

TEST(VerificationKey, ServesTheAlgorithmsOfItsKindAlone) {
  using enum JwtAlgorithm;
  const IssuerKey rsa = IssuerKey::rsa();
  const IssuerKey p256 = IssuerKey::elliptic("P-256");
  const IssuerKey p384 = IssuerKey::elliptic("P-384");
  const IssuerKey p521 = IssuerKey::elliptic("P-521");
  const IssuerKey ed25519 = IssuerKey::ed25519();
  const auto check = [](const IssuerKey& issuer, const std::vector<JwtAlgorithm>& served) {
    const VerificationKey key = issuer.public_key();
    for (const JwtAlgorithm algorithm :
         {hs256, hs384, hs512, rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa}) {
      const bool expected = std::ranges::find(served, algorithm) != served.end();
      EXPECT_EQ(key.serves(algorithm), expected) << static_cast<int>(algorithm);
      if (!expected) continue;
      const std::string signature = issuer.sign(algorithm, "text");
      EXPECT_TRUE(key.verifies(algorithm, "text", signature)) << static_cast<int>(algorithm);
      EXPECT_FALSE(key.verifies(algorithm, "tekt", signature)) << static_cast<int>(algorithm);
      EXPECT_FALSE(key.verifies(algorithm, "text", signature + '\0')) << static_cast<int>(algorithm);
    }
  };
  check(rsa, {rs256, rs384, rs512, ps256, ps384, ps512});
  check(p256, {es256});
  check(p384, {es384});
  check(p521, {es512});
  check(ed25519, {eddsa});
  EXPECT_FALSE(IssuerKey::rsa().public_key().verifies(rs256, "text", rsa.sign(rs256, "text")));
  EXPECT_FALSE(rsa.public_key().verifies(ps256, "text", rsa.sign(rs256, "text")));
}

// The numbers of a signature that is accepted for every text where they are not checked (CVE-2022-21449).
TEST(VerificationKey, RefusesEmptyEllipticSignatures) {
  const VerificationKey key = IssuerKey::elliptic("P-256").public_key();
  EXPECT_FALSE(key.verifies(JwtAlgorithm::es256, "text", std::string(64, '\0')));
  EXPECT_FALSE(key.verifies(JwtAlgorithm::es256, "text", std::string(64, '\xFF')));
}

TEST(VerificationKey, KnowsNoAlgorithmCalledNone) {
  for (const char* const name : {"none", "None", "NONE", "", "rs256", "RS256 ", "HS1", "A128KW"}) {
    EXPECT_EQ(algorithm_named(name), std::nullopt) << name;
  }
  EXPECT_EQ(algorithm_named("EdDSA"), JwtAlgorithm::eddsa);
}

}  // namespace
}  // namespace sqlproxy::identity
