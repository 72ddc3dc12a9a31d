#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kDatabase = "[databases.app]\nuser = \"u\"\npool_mode = \"session\"\n";
const std::string kUser = "[[users]]\nname = \"a\"\nverifier = \"" + std::string(kVerifier) + "\"\n";
constexpr const char* kMd5User = "[[users]]\nname = \"a\"\nverifier = \"md50123456789abcdef0123456789abcdef\"\n";

TEST(Warnings, NoneForASoundFile) {
  EXPECT_THAT(warnings_of(kDatabase + kUser), IsEmpty());
}

TEST(Warnings, OfAnEmptyFile) {
  EXPECT_THAT(warnings_of(""), ElementsAre("1:1: no [databases.NAME] is configured: there is nothing to connect to",
                                           "1:1: no [[users]] are configured: nobody can log in"));
}

TEST(Warnings, OfUsersWhoCannotLogIn) {
  const std::string bare = "[[users]]\nname = \"a\"\n";
  EXPECT_THAT(warnings_of(bare + kDatabase),
              ElementsAre(R"(1:1: the user "a" cannot log in: there is neither a verifier nor a password)"));
  EXPECT_THAT(warnings_of("[auth]\nmethod = \"trust\"\n" + bare + kDatabase), IsEmpty());
  EXPECT_THAT(warnings_of(kMd5User + kDatabase),
              ElementsAre(R"(1:1: the user "a" cannot log in: an md5 verifier does not serve "scram-sha-256")"));
  EXPECT_THAT(warnings_of("[auth]\nmethod = \"md5\"\n" + (kMd5User + kDatabase)), IsEmpty());
}

TEST(Warnings, OfPasswordsInTheClear) {
  const std::string rest = kDatabase + kUser;
  const std::string clear = R"(the method "password" sends passwords in clear text to whoever connects without TLS)";
  EXPECT_THAT(warnings_of("[auth]\nmethod = \"password\"\n" + rest), ElementsAre("2:10: " + clear));
  EXPECT_THAT(warnings_of("[[auth.rules]]\ntype = \"host\"\nmethod = \"password\"\n" + rest),
              ElementsAre("1:1: " + clear));
  EXPECT_THAT(warnings_of("[[auth.rules]]\ntype = \"local\"\nmethod = \"password\"\n" + rest), IsEmpty());
}

TEST(Warnings, OfRulesForTlsWithoutTls) {
  EXPECT_THAT(warnings_of("[[auth.rules]]\ntype = \"hostssl\"\nmethod = \"scram-sha-256\"\n" + kDatabase + kUser),
              ElementsAre(R"(1:1: a rule of type "hostssl" never matches while [server.tls] is disabled)"));
}

TEST(Warnings, OfAuthRulesForUnknownNames) {
  EXPECT_THAT(warnings_of("[[auth.rules]]\ntype = \"host\"\nmethod = \"md5\"\nusers = [\"x\", \"a\", \"*\"]\n"
                          "databases = [\"y\", \"app\"]\n" +
                          kDatabase + kUser),
              ElementsAre(R"(4:10: the rule names the user "x", which [[users]] does not have)",
                          R"(5:14: the rule names the database "y", which [databases] does not have)"));
}

// With passthrough users and their passwords are the server's.
TEST(Warnings, PassthroughNeedsNoUsers) {
  const std::string passthrough = kDatabase + "identity = \"passthrough\"\n";
  EXPECT_THAT(warnings_of(passthrough), IsEmpty());
  EXPECT_THAT(warnings_of("[[users]]\nname = \"a\"\nroles = [\"r\"]\n" + passthrough), IsEmpty());
  EXPECT_THAT(warnings_of("[[policies]]\nusers = [\"x\"]\ntable = \"t\"\naction = \"allow\"\n" + passthrough),
              IsEmpty());
}

TEST(Warnings, OfMethodsThatPassthroughCannotUse) {
  EXPECT_THAT(warnings_of("[auth]\nmethod = \"trust\"\n" + kDatabase + "identity = \"passthrough\"\n"),
              ElementsAre(R"(2:10: the method "trust" lets nobody in to databases with identity = "passthrough")"));
}

TEST(Warnings, OfLookupsThatNobodyMakes) {
  EXPECT_THAT(
      warnings_of(kDatabase + "auth_dbname = \"x\"\nauth_cache_ttl = \"3s\"\nauth_query = \"SELECT $1\"\n" + kUser),
      ElementsAre(R"(4:15: "auth_dbname" does nothing without identity = "passthrough")",
                  R"(5:18: "auth_cache_ttl" does nothing without identity = "passthrough")",
                  R"(6:14: "auth_query" does nothing without identity = "passthrough")"));
}

}  // namespace
}  // namespace sqlproxy::config::test
