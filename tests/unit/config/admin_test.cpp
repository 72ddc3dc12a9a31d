// [admin], and the names that belong to the console.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reload.hpp"
#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;

TEST(Admin, IsLoaded) {
  const auto config = load(
                          "[admin]\nlisten = \"127.0.0.1:9090\"\ntoken = \"t\"\nconsole_users = [\"ann\"]\n"
                          "[[users]]\nname = \"ann\"\npassword = \"p\"\n")
                          .config;
  ASSERT_TRUE(config);
  EXPECT_EQ(config->admin.listen->text(), "127.0.0.1:9090");
  EXPECT_EQ(config->admin.token->reveal(), "t");
  EXPECT_THAT(config->admin.console_users, ElementsAre("ann"));
}

TEST(Admin, IsNotThereUnlessAskedFor) {
  const auto config = load("").config;
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->admin.listen);
  EXPECT_FALSE(config->admin.token);
  EXPECT_THAT(config->admin.console_users, IsEmpty());
}

TEST(Admin, ListensOnTcpOnly) {
  EXPECT_THAT(faults_of("[admin]\nlisten = \"unix:/run/x:9090\"\n"), ElementsAre(EndsWith(" has to be host:port")));
}

TEST(Admin, ANewAddressNeedsARestart) {
  const auto one = load("[admin]\nlisten = \"127.0.0.1:9090\"\n").config;
  const auto other = load("[admin]\nlisten = \"127.0.0.1:9091\"\n").config;
  ASSERT_TRUE(one && other);
  EXPECT_THAT(restart_needed(*one, *other), ElementsAre("admin.listen"));
  EXPECT_THAT(restart_needed(*one, *one), IsEmpty());
}

TEST(Admin, TheConsolesNamesAreNoDatabases) {
  for (const std::string name : {"sqlproxy", "pgbouncer"}) {
    EXPECT_THAT(faults_of("[databases." + name + "]\nuser = \"u\"\n"),
                Contains(EndsWith('"' + name + "\" is the administration console, and cannot be a database")));
  }
}

}  // namespace
}  // namespace sqlproxy::config::test
