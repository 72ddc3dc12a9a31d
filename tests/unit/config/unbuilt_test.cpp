// What this release does not do is refused where it is asked for.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

constexpr const char* kRefused = " is not supported by this release yet";

std::string database(const std::string& keys) {
  return "[databases.app]\nuser = \"u\"\n" + keys;
}

struct UnbuiltCase {
  std::string text;
  std::string fault;
};

TEST(Unbuilt, EachIsRefusedAtItsPlace) {
  const UnbuiltCase cases[] = {
      {"[auth]\nmethod = \"jwt\"\n", R"(2:10: auth.method = "jwt")"},
      {"[auth]\nmethod = \"ldap\"\n", R"(2:10: auth.method = "ldap")"},
      {"[[auth.rules]]\ntype = \"host\"\nmethod = \"ldap\"\n", R"(3:10: auth.rules.method = "ldap")"},
      {"[[policies]]\nusers = [\"*\"]\ntable = \"t\"\ncolumns = [\"c\"]\naction = \"allow\"\n",
       R"(4:11: "policies.columns")"},
      {"[admin]\nlisten = \"127.0.0.1:9090\"\n", R"(1:1: "admin")"},
  };
  for (const UnbuiltCase& c : cases) EXPECT_THAT(faults_of(c.text), ElementsAre(c.fault + kRefused)) << c.text;
}

TEST(Unbuilt, EachSaysWhatToWriteInstead) {
  const UnbuiltCase cases[] = {
      {"[audit]\ndurability = \"write\"\n", "; write durability = \"batch\""},
      {"[audit]\ndurability = \"fsync\"\n", "; write durability = \"batch\""},
      {"[audit]\non_failure = \"block\"\n", "; write on_failure = \"continue\""},
      {"[audit.file]\nformat = \"ocsf\"\n", "; write format = \"native\""},
      {"[audit.file]\nformat = \"ecs\"\n", "; write format = \"native\""},
  };
  for (const UnbuiltCase& c : cases) {
    EXPECT_THAT(faults_of(c.text), ElementsAre(::testing::EndsWith(kRefused + c.fault))) << c.text;
  }
}

TEST(Unbuilt, TheAuditDatabase) {
  EXPECT_THAT(
      faults_of(database("pool_mode = \"session\"\n") + "[audit.database]\nenabled = true\ndatabase = \"app\"\n"),
      ElementsAre("5:11: audit.database.enabled = true" + std::string(kRefused)));
  EXPECT_THAT(faults_of("[audit.database]\nenabled = true\ndatabase = \"app\"\n"),
              Contains(R"(3:12: [audit.database] names the database "app", which [databases] does not have)"));
}

TEST(Unbuilt, ValuesThatAreBuiltPass) {
  const LoadResult result =
      load(database("pool_mode = \"session\"\nidentity = \"passthrough\"\n") +
           "[classification]\nenabled = false\n[audit]\ndurability = \"batch\"\non_failure = \"continue\"\n"
           "[audit.file]\nformat = \"native\"\n[audit.database]\nenabled = false\n"
           "[policy]\nmode = \"enforce\"\nunparsed = \"block\"\n");
  EXPECT_THAT(texts(result.faults), ElementsAre());
}

}  // namespace
}  // namespace sqlproxy::config::test
