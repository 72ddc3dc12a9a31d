#include "frontend/auth_rules.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sqlproxy::frontend {
namespace {

using config::AuthMethod;
using config::AuthRuleType;

constexpr std::array<std::uint8_t, 4> kInside{10, 1, 2, 3};
constexpr std::array<std::uint8_t, 4> kOutside{192, 0, 2, 1};

config::AuthRule rule(AuthRuleType type, AuthMethod method) {
  config::AuthRule made;
  made.type = type;
  made.users = made.databases = {"*"};
  made.addresses = {*config::AddressRange::parse("10.0.0.0/8")};
  made.method = method;
  return made;
}

ConnectionOrigin tcp(bool tls = false) {
  return {.unix_socket = false, .tls = tls, .address = kInside, .user = "ann", .database = "app"};
}

ConnectionOrigin local() {
  return {.unix_socket = true, .tls = false, .address = {}, .user = "ann", .database = "app"};
}

TEST(AuthRules, WithoutRulesTheDefaultIsForEveryone) {
  config::Auth auth;
  auth.method = AuthMethod::md5;
  EXPECT_EQ(choose_auth_method(auth, tcp()), AuthMethod::md5);
  EXPECT_EQ(choose_auth_method(auth, local()), AuthMethod::md5);
}

TEST(AuthRules, WithRulesTheDefaultIsForNobody) {
  config::Auth auth;
  auth.method = AuthMethod::trust;
  auth.rules = {rule(AuthRuleType::hostssl, AuthMethod::md5)};
  EXPECT_EQ(choose_auth_method(auth, tcp()), std::nullopt);
}

TEST(AuthRules, TheTypeIsTheKindOfConnection) {
  struct Case {
    AuthRuleType type;
    bool plain, tls, unix_socket;
  };
  for (const Case& expected : {Case{AuthRuleType::host, true, true, false},
                               {AuthRuleType::hostssl, false, true, false},
                               {AuthRuleType::hostnossl, true, false, false},
                               {AuthRuleType::local, false, false, true}}) {
    config::Auth auth;
    auth.rules = {rule(expected.type, AuthMethod::md5)};
    EXPECT_EQ(choose_auth_method(auth, tcp(false)).has_value(), expected.plain);
    EXPECT_EQ(choose_auth_method(auth, tcp(true)).has_value(), expected.tls);
    EXPECT_EQ(choose_auth_method(auth, local()).has_value(), expected.unix_socket);
  }
}

TEST(AuthRules, UserDatabaseAndAddressMustAllMatch) {
  config::Auth auth;
  auth.rules = {rule(AuthRuleType::host, AuthMethod::md5)};
  auth.rules[0].users = {"bob", "ann"};
  auth.rules[0].databases = {"other", "app"};
  EXPECT_TRUE(choose_auth_method(auth, tcp()));
  ConnectionOrigin origin = tcp();
  origin.user = "an";
  EXPECT_FALSE(choose_auth_method(auth, origin));
  origin = tcp();
  origin.database = "App";
  EXPECT_FALSE(choose_auth_method(auth, origin));
  origin = tcp();
  origin.address = kOutside;
  EXPECT_FALSE(choose_auth_method(auth, origin));
  origin.address = {};
  EXPECT_FALSE(choose_auth_method(auth, origin));
  auth.rules[0].addresses.push_back(*config::AddressRange::parse("192.0.2.0/24"));
  origin.address = kOutside;
  EXPECT_TRUE(choose_auth_method(auth, origin));
  auth.rules[0].users.clear();
  EXPECT_FALSE(choose_auth_method(auth, tcp()));
}

// As in pg_hba.conf: a later rule that would match too is not looked at.
TEST(AuthRules, TheFirstMatchDecides) {
  config::Auth auth;
  auth.rules = {rule(AuthRuleType::local, AuthMethod::trust), rule(AuthRuleType::hostssl, AuthMethod::cert),
                rule(AuthRuleType::host, AuthMethod::scram_sha_256), rule(AuthRuleType::host, AuthMethod::trust)};
  EXPECT_EQ(choose_auth_method(auth, tcp(false)), AuthMethod::scram_sha_256);
  EXPECT_EQ(choose_auth_method(auth, tcp(true)), AuthMethod::cert);
  EXPECT_EQ(choose_auth_method(auth, local()), AuthMethod::trust);
}

TEST(AuthRules, AUnixSocketHasNoAddressToMatch) {
  config::Auth auth;
  auth.rules = {rule(AuthRuleType::local, AuthMethod::trust)};
  auth.rules[0].addresses.clear();
  EXPECT_TRUE(choose_auth_method(auth, local()));
}

}  // namespace
}  // namespace sqlproxy::frontend
