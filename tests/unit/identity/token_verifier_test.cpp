#include "identity/token_verifier.hpp"

#include <gtest/gtest.h>

#include "tests/support/identity/token_maker.hpp"

namespace sqlproxy::identity {
namespace {

using config::JwtAlgorithm;
using test::base64url_encode;
using test::IssuerKey;
using test::signed_text;

constexpr long kNow = 1'800'000'000;
constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
const std::string kHeader = R"({"alg":"ES256","kid":"k1"})";
const std::string kClaims = R"({"iss":"https://id","aud":"db","exp":1800000060,"sub":"ann"})";

core::WallTime at(long second) {
  return core::WallTime(std::chrono::seconds(second));
}

const IssuerKey& issuer() {
  static const IssuerKey kKey = IssuerKey::elliptic("P-256");
  return kKey;
}
const IssuerKey& rsa_issuer() {
  static const IssuerKey kKey = IssuerKey::rsa();
  return kKey;
}

config::Jwt settings() {
  config::Jwt jwt;
  jwt.issuer = "https://id";
  jwt.audience = "db";
  jwt.algorithms = {JwtAlgorithm::es256, JwtAlgorithm::rs256, JwtAlgorithm::hs256};
  return jwt;
}

std::vector<VerificationKey> keys() {
  std::vector<VerificationKey> all{issuer().public_key(), rsa_issuer().public_key(),
                                   VerificationKey::of_secret(core::Secret(std::string(kSecret)))};
  all[0].id = "k1";
  all[1].id = "k2";
  return all;
}

// Why the token is refused; "" when it is believed.
std::string verdict(std::string_view token, long now = kNow, const config::Jwt& jwt = settings()) {
  const core::Status status = TokenVerifier(jwt, keys()).verify(token, "ann", at(now));
  return status ? std::string() : status.error().message;
}

std::string signed_by_issuer(std::string_view header, std::string_view claims) {
  return test::token_of(header, claims, issuer(), JwtAlgorithm::es256);
}

std::string verdict_on_claims(std::string_view claims, long now = kNow, const config::Jwt& jwt = settings()) {
  return verdict(signed_by_issuer(kHeader, claims), now, jwt);
}

std::string verdict_on_header(std::string_view header) {
  return verdict(signed_by_issuer(header, kClaims));
}

// Claims that are sound but for `more`.
std::string with(const std::string& more) {
  return kClaims.substr(0, kClaims.size() - 1) + ',' + more + '}';
}

TEST(TokenVerifier, BelievesWhatTheIssuerSigned) {
  EXPECT_EQ(verdict_on_claims(kClaims), "");
  EXPECT_EQ(verdict(test::token_of(R"({"alg":"RS256"})", kClaims, rsa_issuer(), JwtAlgorithm::rs256)), "");
  const std::string text = signed_text(R"({"alg":"HS256"})", kClaims);
  EXPECT_EQ(verdict(text + '.' + base64url_encode(test::hmac_sha256(kSecret, text))), "");
}

TEST(TokenVerifier, RefusesOtherSignatures) {
  const IssuerKey stranger = IssuerKey::elliptic("P-256");
  EXPECT_EQ(verdict(test::token_of(kHeader, kClaims, stranger, JwtAlgorithm::es256)), "its signature does not fit");
  // The signature of other claims.
  const std::string mine = signed_by_issuer(kHeader, kClaims);
  const std::string signature = mine.substr(mine.rfind('.'));
  EXPECT_EQ(verdict(signed_text(kHeader, with(R"("admin":true)")) + signature), "its signature does not fit");
  EXPECT_EQ(verdict(signed_text(kHeader, kClaims) + '.'), "its signature does not fit");
}

TEST(TokenVerifier, RefusesUnsignedTokens) {
  for (const char* const name : {"none", "None", "nOnE", ""}) {
    const std::string header = R"({"alg":")" + std::string(name) + R"("})";
    EXPECT_EQ(verdict(signed_text(header, kClaims) + '.'), "its algorithm is not a configured one") << name;
    EXPECT_EQ(verdict_on_header(header), "its algorithm is not a configured one") << name;
  }
  EXPECT_EQ(verdict_on_header(R"({"kid":"k1"})"), "its header names no algorithm");
  EXPECT_EQ(verdict_on_header(R"({"alg":["ES256"]})"), "its header names no algorithm");
}

// The attack on verifiers that let the token choose how the key is used: the public key as HMAC's secret.
TEST(TokenVerifier, NeverUsesAPublicKeyAsASecret) {
  const std::string pem = rsa_issuer().public_pem();
  for (const std::string& secret : {pem, pem.substr(0, pem.size() - 1)}) {
    for (const char* const header : {R"({"alg":"HS256"})", R"({"alg":"HS256","kid":"k2"})"}) {
      const std::string text = signed_text(header, kClaims);
      EXPECT_NE(verdict(text + '.' + base64url_encode(test::hmac_sha256(secret, text))), "");
    }
  }
  const std::string text = signed_text(R"({"alg":"HS256"})", kClaims);
  const TokenVerifier public_only(settings(), {rsa_issuer().public_key()});
  const auto status = public_only.verify(text + '.' + base64url_encode(test::hmac_sha256(pem, text)), "ann", at(kNow));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "there is no key of its kid and algorithm");
}

TEST(TokenVerifier, TakesTheConfiguredAlgorithmsAlone) {
  config::Jwt jwt = settings();
  jwt.algorithms = {JwtAlgorithm::rs256};
  EXPECT_EQ(verdict(signed_by_issuer(kHeader, kClaims), kNow, jwt), "its algorithm is not a configured one");
  // A genuine signature, by an algorithm that nobody configured.
  EXPECT_EQ(verdict(test::token_of(R"({"alg":"RS512"})", kClaims, rsa_issuer(), JwtAlgorithm::rs512)),
            "its algorithm is not a configured one");
}

TEST(TokenVerifier, UsesTheKeyThatTheTokenNames) {
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","kid":"k2"})"), "there is no key of its kid and algorithm");
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","kid":"k3"})"), "there is no key of its kid and algorithm");
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","kid":1})"), "its kid is not a string");
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256"})"), "");
}

// Keys and places to fetch keys from that the token brings along.
TEST(TokenVerifier, TakesNoKeyFromTheToken) {
  const IssuerKey stranger = IssuerKey::elliptic("P-256");
  for (const char* const more :
       {R"("jwk":{"kty":"EC"})", R"("jku":"https://evil/keys")", R"("x5u":"https://evil/x")", R"("x5c":["MII"])"}) {
    const std::string header = R"({"alg":"ES256",)" + std::string(more) + '}';
    EXPECT_EQ(verdict(test::token_of(header, kClaims, stranger, JwtAlgorithm::es256)), "its signature does not fit");
  }
}

TEST(TokenVerifier, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","crit":["exp"]})"), "its header has crit");
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","b64":false})"), "its header has b64");
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","zip":"DEF"})"), "its header has zip");
  EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","enc":"A128GCM"})"), "its header has enc");
}

TEST(TokenVerifier, RefusesTokensForOtherEnds) {
  for (const char* const type : {"JWT", "jwt", "at+jwt", "application/at+jwt"}) {
    EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","typ":")" + std::string(type) + "\"}"), "") << type;
  }
  for (const char* const type : {"\"logout+jwt\"", "\"dpop+jwt\"", "\"\"", "1"}) {
    EXPECT_EQ(verdict_on_header(R"({"alg":"ES256","typ":)" + std::string(type) + '}'),
              "its typ is that of another kind of token");
  }
}

TEST(TokenVerifier, ExpectsIssuerAndAudience) {
  EXPECT_EQ(verdict_on_claims(R"({"iss":"https://other","aud":"db","exp":1800000060,"sub":"ann"})"),
            "it has another issuer");
  EXPECT_EQ(verdict_on_claims(R"({"iss":"https://id/","aud":"db","exp":1800000060,"sub":"ann"})"),
            "it has another issuer");
  EXPECT_EQ(verdict_on_claims(R"({"iss":["https://id"],"aud":"db","exp":1800000060,"sub":"ann"})"),
            "it has another issuer");
  EXPECT_EQ(verdict_on_claims(R"({"aud":"db","exp":1800000060,"sub":"ann"})"), "it has another issuer");
  const auto audience = [](const std::string& json) {
    return verdict_on_claims(R"({"iss":"https://id","exp":1800000060,"sub":"ann","aud":)" + json + '}');
  };
  EXPECT_EQ(audience(R"(["web","db"])"), "");
  for (const char* const other : {R"("web")", R"(["web"])", "[]", "{}", R"({"db":1})", "null", R"(["db",1])", R"("DB")",
                                  R"([["db"]])", R"("db ")"}) {
    EXPECT_EQ(audience(other), "it is meant for another audience") << other;
  }
}

TEST(TokenVerifier, LetsTokensExpire) {
  EXPECT_EQ(verdict_on_claims(kClaims, kNow + 60 + 29), "");
  EXPECT_EQ(verdict_on_claims(kClaims, kNow + 60 + 30), "it has expired");
  const auto expiry = [](const std::string& json) {
    return verdict_on_claims(R"({"iss":"https://id","aud":"db","sub":"ann","exp":)" + json + '}');
  };
  EXPECT_EQ(expiry("1800000000.5"), "");
  EXPECT_EQ(expiry("1.80000001e9"), "");
  EXPECT_EQ(expiry("0"), "it has expired");
  for (const char* const odd : {R"("1800000060")", "null", "true", "[1800000060]", "-1", "99999999999999999999",
                                "1e300", "18446744073709551615", "253402300800"}) {
    EXPECT_EQ(expiry(odd), "its exp is not a date") << odd;
  }
  EXPECT_EQ(expiry("1e400"), "its claims are no sound JSON");
  EXPECT_EQ(verdict_on_claims(R"({"iss":"https://id","aud":"db","sub":"ann"})"), "it never expires");
}

TEST(TokenVerifier, WaitsForTheirBeginning) {
  for (const std::string name : {"nbf", "iat"}) {
    const auto begins = [&](const std::string& json) { return verdict_on_claims(with('"' + name + "\":" + json)); };
    EXPECT_EQ(begins("1800000030"), "") << name;
    EXPECT_EQ(begins("1800000031"), "its " + name + " lies in the future");
    EXPECT_EQ(begins("\"soon\""), "its " + name + " is not a date");
    EXPECT_EQ(begins("1e99"), "its " + name + " is not a date");
  }
}

TEST(TokenVerifier, ProvesTheUserThatItNames) {
  const auto user = [](const std::string& json) {
    return verdict_on_claims(R"({"iss":"https://id","aud":"db","exp":1800000060,"sub":)" + json + '}');
  };
  EXPECT_EQ(user(R"(["bob","ann"])"), "");
  EXPECT_EQ(user(R"("\u0061nn")"), "");
  for (const char* const other : {R"("bob")", R"("Ann")", R"("ann ")", R"("ann\u0000")", R"("ann\u0000bob")", "[]",
                                  "null", "true", R"({"ann":1})", R"([["ann"]])", R"("*")", R"("")"}) {
    EXPECT_EQ(user(other), "its sub names another user") << other;
  }
  EXPECT_EQ(verdict_on_claims(R"({"iss":"https://id","aud":"db","exp":1800000060})"), "its sub names another user");
  config::Jwt jwt = settings();
  jwt.user_claim = "db_users";
  EXPECT_EQ(verdict_on_claims(kClaims, kNow, jwt), "its db_users names another user");
  EXPECT_EQ(verdict_on_claims(with(R"("db_users":["ann"])"), kNow, jwt), "");
}

// Where two readers of the same bytes would see different things.
TEST(TokenVerifier, RefusesJsonThatReadersDisagreeOn) {
  for (const std::string& claims :
       {with(R"("sub":"bob")"), with(R"("s\u0075b":"bob")"), with(R"("x":{"a":1,"a":2})"), kClaims + ' ' + kClaims,
        kClaims + "x", kClaims + '\0', "[" + kClaims + "]", " " + kClaims, "\xEF\xBB\xBF" + kClaims,
        with("\"x\":\"\xFF\""), with(R"("x":NaN)"), with(R"("x":1,)"), with(R"(/* */"x":1)"), with("x:1"),
        std::string("null"), std::string()}) {
    EXPECT_EQ(verdict_on_claims(claims), "its claims are no sound JSON") << claims;
  }
  EXPECT_EQ(verdict_on_header(R"({"alg":"none","alg":"ES256"})"), "its header is no sound JSON");
  EXPECT_EQ(verdict_on_claims(with("\"x\":" + std::string(31, '[') + std::string(31, ']'))), "");
  EXPECT_EQ(verdict_on_claims(with("\"x\":" + std::string(32, '[') + std::string(32, ']'))),
            "its claims are no sound JSON");
  EXPECT_EQ(verdict_on_claims(with("\"x\":" + std::string(20000, '['))), "its claims are no sound JSON");
}

TEST(TokenVerifier, RefusesOtherForms) {
  const std::string token = signed_by_issuer(kHeader, kClaims);
  for (const std::string& odd :
       {std::string(), std::string("."), std::string("a.b"), token + ".", token + ".x", "." + token}) {
    EXPECT_EQ(verdict(odd), "it does not have three parts") << odd;
  }
  for (const std::string& odd :
       {token + "=", token + "\n", " " + token, "Bearer " + token, token + '\0', token + "+"}) {
    EXPECT_EQ(verdict(odd), "it is not base64url") << odd;
  }
  // The last character's spare bits: another text for the same bytes.
  std::string twin = token;
  twin.back() = static_cast<char>(twin.back() + 1);
  EXPECT_EQ(verdict(twin), "it is not base64url");
}

TEST(TokenVerifier, TakesLargeTokens) {
  const auto token_with = [](std::size_t size) {
    return signed_by_issuer(kHeader, with("\"groups\":\"" + std::string(size, 'g') + '"'));
  };
  EXPECT_GT(token_with(45000).size(), 60000U);
  EXPECT_EQ(verdict(token_with(45000)), "");
  EXPECT_EQ(verdict(token_with(50000)), "it is too long");
}

TEST(TokenVerifier, IsMadeOfKeysThatFit) {
  config::Jwt jwt = settings();
  jwt.secret = core::Secret(std::string(kSecret));
  EXPECT_TRUE(TokenVerifier::create(jwt));
  jwt.algorithms = {JwtAlgorithm::rs256};
  EXPECT_FALSE(TokenVerifier::create(jwt));
  jwt.keys = "/nonexistent";
  EXPECT_FALSE(TokenVerifier::create(jwt));
}

}  // namespace
}  // namespace sqlproxy::identity
