// [auth.jwt], and what the method "jwt" needs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kJwt = "[auth.jwt]\nissuer = \"i\"\naudience = \"a\"\n";
const std::string kSecret = "secret = \"0123456789abcdef0123456789abcdef\"\n";

const Jwt& loaded_jwt(const LoadResult& result) {
  EXPECT_THAT(texts(result.faults), IsEmpty());
  return *result.config->auth.jwt;
}

TEST(JwtSection, HasDefaults) {
  const LoadResult result = load(kJwt + kSecret);
  const Jwt& jwt = loaded_jwt(result);
  EXPECT_EQ(jwt.issuer, "i");
  EXPECT_EQ(jwt.audience, "a");
  EXPECT_EQ(jwt.user_claim, "sub");
  EXPECT_EQ(jwt.leeway, std::chrono::seconds(30));
  EXPECT_THAT(jwt.algorithms, ElementsAre(JwtAlgorithm::hs256));
}

TEST(JwtSection, TakesAlgorithmsForItsKeys) {
  // Any file that there is: it is read when the program starts.
  const std::string keys = "keys = \"/dev/../etc/passwd\"\n";
  EXPECT_THAT(loaded_jwt(load(kJwt + keys)).algorithms,
              ElementsAre(JwtAlgorithm::rs256, JwtAlgorithm::es256, JwtAlgorithm::eddsa));
  EXPECT_THAT(loaded_jwt(load(kJwt + keys + kSecret)).algorithms,
              ElementsAre(JwtAlgorithm::rs256, JwtAlgorithm::es256, JwtAlgorithm::eddsa, JwtAlgorithm::hs256));
  const std::string chosen = "algorithms = [\"PS512\", \"ES384\"]\nuser_claim = \"u\"\nleeway = \"0s\"\n";
  EXPECT_THAT(loaded_jwt(load(kJwt + keys + chosen)).algorithms, ElementsAre(JwtAlgorithm::ps512, JwtAlgorithm::es384));
}

TEST(JwtSection, RefusesWhatProvesNothing) {
  EXPECT_THAT(faults_of("[auth.jwt]\n"),
              ElementsAre(R"(1:1: [auth.jwt] lacks "issuer")", R"(1:1: [auth.jwt] lacks "audience")",
                          R"(1:1: [auth.jwt] lacks "keys" (a JWKS or PEM file) or "secret")"));
  EXPECT_THAT(faults_of(kJwt + "keys = \"/nonexistent/keys\"\n"),
              ElementsAre(R"(4:8: "keys" names a file that cannot be read: "/nonexistent/keys")"));
  EXPECT_THAT(faults_of(kJwt + "secret = \"short\"\n"),
              ElementsAre(R"(4:10: "secret" must have 32 bytes or more, as its algorithm's hash has)"));
  EXPECT_THAT(faults_of(kJwt + kSecret + "algorithms = [\"HS512\"]\n"),
              ElementsAre(R"(4:10: "secret" must have 64 bytes or more, as its algorithm's hash has)"));
  EXPECT_THAT(faults_of(kJwt + kSecret + "algorithms = [\"RS256\", \"HS256\"]\n"),
              ElementsAre(R"(5:15: "RS256" needs "keys")"));
  EXPECT_THAT(faults_of(kJwt + kSecret + "leeway = \"11m\"\n").size(), 1U);
  for (const char* const name : {"none", "hs256", "A128KW"}) {
    EXPECT_EQ(faults_of(kJwt + kSecret + "algorithms = [\"" + name + "\"]\n").size(), 1U) << name;
  }
}

TEST(JwtSection, IsNeededByTheMethod) {
  EXPECT_THAT(faults_of("[auth]\nmethod = \"jwt\"\n"), ElementsAre(R"(2:10: the method "jwt" needs [auth.jwt])"));
  EXPECT_THAT(faults_of("[[auth.rules]]\ntype = \"hostssl\"\nmethod = \"jwt\"\n"),
              ElementsAre(R"(1:1: the method "jwt" needs [auth.jwt])"));
  EXPECT_THAT(faults_of("[auth]\nmethod = \"jwt\"\n" + kJwt + kSecret), IsEmpty());
}

TEST(JwtSection, UsersNeedNoVerifier) {
  const std::string rest = kJwt + kSecret + "[[users]]\nname = \"a\"\n[databases.app]\nuser = \"u\"\n";
  EXPECT_THAT(warnings_of("[auth]\nmethod = \"jwt\"\n" + rest),
              ElementsAre(R"(2:10: the method "jwt" refuses whoever connects over TCP without TLS)"));
  EXPECT_THAT(warnings_of("[[auth.rules]]\ntype = \"local\"\nmethod = \"jwt\"\n" + rest), IsEmpty());
  EXPECT_THAT(
      warnings_of("[[auth.rules]]\ntype = \"local\"\nmethod = \"jwt\"\n" + rest + "identity = \"passthrough\"\n"),
      ElementsAre(R"(1:1: the method "jwt" lets nobody in to databases with identity = "passthrough")"));
}

}  // namespace
}  // namespace sqlproxy::config::test
