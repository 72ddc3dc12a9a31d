#include "wire/scram_password.hpp"

#include <gtest/gtest.h>

#include "tests/unit/wire/scram_exchange.hpp"

namespace sqlproxy::wire {
namespace {

ScramServer::Config server_of(const ScramVerifier& verifier) {
  ScramServer::Config config;
  config.user = "user";
  config.verifier = verifier;
  return config;
}

bool logs_in(const ScramClient::Keys& keys, const ScramVerifier& verifier) {
  ScramServer server(server_of(verifier));
  ScramClient::Config config;
  config.credentials = keys;
  ScramClient client(std::move(config));
  return testing::exchange(server, client, false).succeeded();
}

TEST(ScramPassword, KeysOfTheRightPasswordLogIn) {
  const auto verifier = ScramVerifier::from_password("pencil", "some salt", 10);
  const auto keys = scram_keys_of_password("pencil", verifier);
  ASSERT_TRUE(keys);
  EXPECT_TRUE(logs_in(*keys, verifier));
}

TEST(ScramPassword, AnotherPasswordHasNone) {
  const auto verifier = ScramVerifier::from_password("pencil", "some salt", 10);
  for (const std::string_view password : {"", "Pencil", "pencil ", "pen"}) {
    EXPECT_FALSE(scram_keys_of_password(password, verifier)) << password;
  }
  EXPECT_FALSE(scram_keys_of_password("pencil", ScramVerifier::mock("user", core::Secret("secret"), 10)));
}

}  // namespace
}  // namespace sqlproxy::wire
