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
      {"[auth]\nmethod = \"ldap\"\n", R"(2:10: auth.method = "ldap")"},
      {"[[auth.rules]]\ntype = \"host\"\nmethod = \"ldap\"\n", R"(3:10: auth.rules.method = "ldap")"},
  };
  for (const UnbuiltCase& c : cases) EXPECT_THAT(faults_of(c.text), ElementsAre(c.fault + kRefused)) << c.text;
}

TEST(Unbuilt, ValuesThatAreBuiltPass) {
  const LoadResult result =
      load(database("pool_mode = \"session\"\nidentity = \"passthrough\"\n") +
           "[classification]\nenabled = false\n[audit]\ndurability = \"batch\"\non_failure = \"continue\"\n"
           "[audit.file]\nformat = \"native\"\n[audit.database]\nenabled = true\ndatabase = \"app\"\n"
           "[policy]\nmode = \"enforce\"\nunparsed = \"block\"\n");
  EXPECT_THAT(texts(result.faults), ElementsAre());
}

}  // namespace
}  // namespace sqlproxy::config::test
