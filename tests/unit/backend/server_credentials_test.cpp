#include "backend/server_credentials.hpp"

#include <gtest/gtest.h>

#include "backend/server_target.hpp"

namespace sqlproxy::backend {
namespace {

wire::ScramClient::Keys keys(std::string client_key = "c", std::string server_key = "s", std::string salt = "x",
                             std::uint32_t iterations = 1) {
  return {core::Secret(std::move(client_key)), core::Secret(std::move(server_key)), std::move(salt), iterations};
}

TEST(ServerCredentials, EveryPartCounts) {
  EXPECT_TRUE(same_credentials(keys(), keys()));
  EXPECT_FALSE(same_credentials(keys(), keys("d")));
  EXPECT_FALSE(same_credentials(keys(), keys("c", "t")));
  EXPECT_FALSE(same_credentials(keys(), keys("c", "s", "y")));
  EXPECT_FALSE(same_credentials(keys(), keys("c", "s", "x", 2)));
  EXPECT_TRUE(same_credentials(Md5Hash{core::Secret("a")}, Md5Hash{core::Secret("a")}));
  EXPECT_FALSE(same_credentials(Md5Hash{core::Secret("a")}, Md5Hash{core::Secret("b")}));
  EXPECT_TRUE(same_credentials(core::Secret("a"), core::Secret("a")));
  EXPECT_FALSE(same_credentials(core::Secret("a"), core::Secret("b")));
}

TEST(ServerCredentials, OneKindIsNotAnother) {
  EXPECT_FALSE(same_credentials(core::Secret("a"), Md5Hash{core::Secret("a")}));
  EXPECT_FALSE(same_credentials(core::Secret("c"), keys()));
}

// After a change of the password an idle connection of the old one serves nobody who has the new one.
TEST(ServerCredentials, ATargetWithOtherKeysIsAnotherTarget) {
  ServerTarget old;
  old.user = "ann";
  old.credentials = keys("old");
  ServerTarget changed = old;
  EXPECT_TRUE(old == changed);
  changed.credentials = keys("new");
  EXPECT_FALSE(old == changed);
}

}  // namespace
}  // namespace sqlproxy::backend
