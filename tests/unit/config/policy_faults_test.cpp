// What a policy cannot say, above all rules that could never fire.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

constexpr std::string_view kPeople =
    "users = [{ name = \"ann\", roles = [\"analysts\"] }, { name = \"bob\", roles = [\"admins\"] }]\n";

// The faults of a file of two users and `rules`, each the inside of a [[policies]] table in one line; rule N is in line
// N + 1.
std::vector<std::string> faults_of_rules(const std::vector<std::string>& rules) {
  std::string text(kPeople);
  text += "policies = [\n";
  for (const std::string& rule : rules) text += "{ " + rule + " },\n";
  return faults_of(text + "]\n");
}

constexpr const char* kBlockAll = R"(id = "b", roles = ["*"], table = "t", statements = ["ALL"], action = "block")";

TEST(PolicyFaults, OfARulesOwnKeys) {
  EXPECT_THAT(
      faults_of("[[policies]]\n"),
      ElementsAre(
          "1:1: the rule \"policy-1\" can never fire: it has neither \"roles\" nor \"users\" (\"*\" is everyone)",
          "1:1: the rule \"policy-1\" lacks \"action\""));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], action = "deny")"}),
              ElementsAre(R"(3:29: "action" must be one of "block", "allow", not "deny")"));
  EXPECT_THAT(faults_of_rules({R"(users = [], action = "block")"}), ElementsAre(R"(3:11: "users" is empty)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], statements = [], action = "block")"}),
              ElementsAre(R"(3:33: "statements" is empty)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], statements = ["SELECT", "SELETC", "select"], action = "block")"}),
              ElementsAre(R"(3:44: unknown statement type "SELETC"; did you mean "SELECT"?)",
                          R"(3:54: unknown statement type "select"; did you mean "SELECT"?)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], schema = "pub*", action = "block")"}),
              ElementsAre(R"(3:29: "schema" must be a name or "*"; only "function" takes a pattern)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], table = ")" + std::string(64, 'x') + R"(", action = "block")"}),
              ElementsAre(R"(3:28: "table" can never match: PostgreSQL's names have at most 63 bytes)"));
}

TEST(PolicyFaults, OfTablesAndFunctions) {
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], table = "a", tables = ["b"], action = "block")"}),
              ElementsAre(R"(3:42: a rule has "table" or "tables", not both)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], tables = ["b", "b"], action = "block")"}),
              ElementsAre(R"(3:35: the table "b" is listed twice)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], tables = ["b", "*"], action = "block")"}),
              ElementsAre(R"(3:29: "*" in "tables" stands alone)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], table = "a", function = "f", action = "block")"}),
              ElementsAre(R"(3:28: a rule with "function" has no "table")"));
}

TEST(PolicyFaults, OfIds) {
  EXPECT_THAT(faults_of("[[policies]]\nid = \"x\"\nusers = [\"*\"]\naction = \"block\"\n"
                        "[[policies]]\nid = \"x\"\nusers = [\"*\"]\ntable = \"t\"\naction = \"allow\"\n"),
              ElementsAre(R"(6:6: the id "x" is already that of the rule in line 1)"));
  EXPECT_THAT(faults_of("[[policies]]\nid = \"policy-2\"\nusers = [\"*\"]\naction = \"block\"\n"
                        "[[policies]]\nusers = [\"*\"]\ntable = \"t\"\naction = \"allow\"\n"),
              ElementsAre(R"(5:1: the id "policy-2" is already that of the rule in line 1)"));
}

TEST(PolicyFaults, OfDatabasesThatDoNotExist) {
  const std::string rule = "[[policies]]\nid = \"r\"\nusers = [\"*\"]\ndatabase = \"nope\"\naction = \"block\"\n";
  const std::string app = "[databases.app]\nuser = \"u\"\npool_mode = \"session\"\n";
  const std::string fallback = "[databases.\"*\"]\nuser = \"u\"\npool_mode = \"session\"\n";
  EXPECT_THAT(
      faults_of(rule + app),
      ElementsAre(
          R"(4:12: the rule "r" can never fire: it names the database "nope", which [databases] does not have)"));
  EXPECT_THAT(faults_of(rule + app + fallback), IsEmpty());
}

TEST(PolicyFaults, OfStatementsThatTheObjectNeverSees) {
  EXPECT_THAT(
      faults_of_rules({R"(id = "r", users = ["ann"], function = "f", statements = ["SELECT"], action = "allow")"}),
      ElementsAre(R"(3:1: the rule "r" can never fire: a function is judged as EXECUTE, which "statements" lacks)"));
  EXPECT_THAT(faults_of_rules(
                  {R"(id = "r", users = ["ann"], table = "t", statements = ["EXECUTE", "NOTIFY"], action = "allow")"}),
              ElementsAre(R"(3:1: the rule "r" can never fire: none of its "statements" is of a table)"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], table = "t", statements = ["EXECUTE", "SELECT"], action = "allow")",
                               R"(users = ["ann"], schema = "s", statements = ["NOTIFY"], action = "allow")",
                               R"(users = ["ann"], function = "f", statements = ["SERVER_FILE"], action = "allow")"}),
              IsEmpty());
}

TEST(PolicyFaults, OfAllowingWhatABlockTakesBack) {
  const std::string shadowed = R"( can never fire: the rule "b" (line 3) blocks all that it allows)";
  EXPECT_THAT(faults_of_rules(
                  {kBlockAll, R"(id = "a", users = ["ann"], table = "t", statements = ["READ"], action = "allow")"}),
              ElementsAre("4:1: the rule \"a\"" + shadowed));
  // The order of the file does not matter; block wins at the same height.
  EXPECT_THAT(faults_of_rules({R"(id = "a", roles = ["analysts"], table = "t", action = "allow")", kBlockAll}),
              ElementsAre("3:1: the rule \"a\" can never fire: the rule \"b\" (line 4) blocks all that it allows"));
  // A user through one of the roles that the block names.
  EXPECT_THAT(faults_of_rules({R"(id = "b", roles = ["analysts"], table = "t", action = "block")",
                               R"(id = "a", users = ["ann"], table = "t", action = "allow")"}),
              ElementsAre("4:1: the rule \"a\"" + shadowed));
}

TEST(PolicyFaults, ARuleWithSomethingLeftToAllowIsFine) {
  const std::vector<std::string> allowing = {
      R"(id = "a", users = ["ann"], table = "u", action = "allow")",                // another table
      R"(id = "a", users = ["ann"], tables = ["t", "u"], action = "allow")",        // one table more
      R"(id = "a", users = ["ann"], schema = "s", table = "t", action = "allow")",  // more specific
      R"(id = "a", users = ["ann"], action = "allow")",                             // less specific
      R"(id = "a", users = ["ann"], function = "t", action = "allow")",             // a function
      R"(id = "a", users = ["ann"], table = "t", statements = ["SELECT", "SERVER_FILE"], action = "allow")",
  };
  for (const std::string& rule : allowing) EXPECT_THAT(faults_of_rules({kBlockAll, rule}), IsEmpty()) << rule;
  EXPECT_THAT(faults_of_rules({R"(roles = ["analysts"], table = "t", action = "block")",
                               R"(users = ["ann", "bob"], table = "t", action = "allow")"}),
              IsEmpty());
  // ALL does not speak of the guarded settings, SESSION by name does.
  EXPECT_THAT(faults_of_rules({R"(users = ["*"], statements = ["ALL"], action = "block")",
                               R"(users = ["*"], statements = ["SESSION"], action = "allow")"}),
              IsEmpty());
}

TEST(PolicyFaults, OfRepeatingARule) {
  EXPECT_THAT(faults_of_rules(
                  {R"(id = "x", users = ["ann"], table = "t", statements = ["SELECT", "COPY_TO"], action = "allow")",
                   R"(id = "y", users = ["ann"], table = "t", statements = ["READ"], action = "allow")"}),
              ElementsAre(R"(4:1: the rule "y" can never fire: it repeats the rule "x" (line 3))"));
  EXPECT_THAT(faults_of_rules({R"(users = ["ann"], table = "t", statements = ["DML"], action = "allow")",
                               R"(users = ["ann"], table = "t", statements = ["READ"], action = "allow")"}),
              IsEmpty());
}

// The faults of the same with two databases, app and crm, and no others; rule N is in line N + 3.
std::vector<std::string> faults_of_rules_there(const std::vector<std::string>& rules, std::string_view more = "") {
  std::string text(kPeople);
  text += "databases = { app = { user = \"u\" }, crm = { user = \"u\" }" + std::string(more) + " }\npolicies = [\n";
  for (const std::string& rule : rules) text += "{ " + rule + " },\n";
  return faults_of(text + "]\n");
}

TEST(PolicyFaults, OfWhatMoreSpecificRulesAlwaysDecide) {
  // A rule that names the database is above one that names the schema or the table alone.
  const std::string open_app = R"(id = "app", roles = ["analysts"], database = "app", action = "allow")";
  const std::string open_crm = R"(id = "crm", users = ["*"], database = "crm", action = "allow")";
  const std::string no_hr = R"(id = "hr", roles = ["analysts"], schema = "hr", table = "pay", action = "block")";
  EXPECT_THAT(faults_of_rules_there({open_app, no_hr}), IsEmpty());
  EXPECT_THAT(
      faults_of_rules_there({open_app, open_crm, no_hr}),
      ElementsAre("6:1: the rule \"hr\" can never fire: the rules \"app\" (line 4), \"crm\" (line 5), which are "
                  "more specific, decide wherever it could"));
  // The fallback entry leads to databases that no rule names.
  EXPECT_THAT(faults_of_rules_there({open_app, open_crm, no_hr}, ", \"*\" = { user = \"u\" }"), IsEmpty());
  EXPECT_THAT(faults_of_rules_there(
                  {open_app, R"(id = "hr", roles = ["analysts"], database = "app", schema = "hr", action = "block")"}),
              IsEmpty());
  EXPECT_THAT(
      faults_of_rules_there({open_app, open_crm, R"(id = "hr", users = ["*"], schema = "hr", action = "block")"}),
      IsEmpty());
}

TEST(PolicyFaults, SeveralRulesTogetherMayLeaveNothing) {
  const std::string both =
      R"(id = "both", users = ["ann"], tables = ["t", "u"], statements = ["READ"], action = "allow")";
  const std::string no_t = R"(id = "t", users = ["ann"], table = "t", statements = ["SELECT"], action = "block")";
  const std::string no_t_copy = R"(id = "tc", users = ["*"], table = "t", statements = ["COPY_TO"], action = "block")";
  const std::string no_u = R"(id = "u", roles = ["*"], table = "u", statements = ["READ"], action = "block")";
  EXPECT_THAT(faults_of_rules({both, no_t, no_u}), IsEmpty());
  EXPECT_THAT(faults_of_rules({both, no_t, no_t_copy}), IsEmpty());
  EXPECT_THAT(
      faults_of_rules({both, no_t, no_t_copy, no_u}),
      ElementsAre("3:1: the rule \"both\" can never fire: the rules \"t\" (line 4), \"tc\" (line 5), \"u\" (line 6) "
                  "block all that it allows"));
}

TEST(PolicyFaults, AnAllowanceThatNamesASecretIsNotShadowedByAWideOne) {
  EXPECT_THAT(
      faults_of_rules_there({R"(users = ["ann"], database = "app", action = "allow")",
                             R"(users = ["ann"], database = "crm", action = "allow")",
                             R"(users = ["ann"], schema = "pg_catalog", table = "pg_authid", action = "allow")"}),
      IsEmpty());
}

TEST(PolicyFaults, OfPeopleThatDoNotExist) {
  const std::string why = " can never fire: there is nobody of those whom it names";
  EXPECT_THAT(faults_of_rules({R"(id = "r", roles = ["nobody"], users = ["none"], action = "allow")"}),
              ElementsAre("3:1: the rule \"r\"" + why));
  EXPECT_THAT(faults_of_rules({R"(id = "r", roles = ["nobody", "analysts"], action = "allow")"}), IsEmpty());
  EXPECT_THAT(faults_of("databases = { app = { user = \"u\", identity = \"passthrough\" } }\n" + std::string(kPeople) +
                        "policies = [{ users = [\"none\"], action = \"allow\" }]\n"),
              IsEmpty());
}

TEST(PolicyFaults, UnparsedNeedsAnOpenDefault) {
  EXPECT_THAT(faults_of("[policy]\nunparsed = \"allow\"\n"),
              ::testing::Contains(R"(2:12: unparsed = "allow" needs default = "allow")"));
}

TEST(PolicyWarnings, OfNamesThatNobodyHas) {
  EXPECT_THAT(
      warnings_of(
          "[[users]]\nname = \"a\"\npassword = { file = \"" SP_SOURCE_DIR "/.gitignore\" }\nroles = [\"r\"]\n"
          "[databases.\"*\"]\nuser = \"u\"\npool_mode = \"session\"\n"
          "[[policies]]\nid = \"x\"\nroles = [\"r\", \"s\"]\nusers = [\"a\", \"b\", \"*\"]\naction = \"block\"\n"),
      ElementsAreArray({"3:12: the password is kept in plain text; `sql-proxy password` makes a verifier of it",
                        R"(10:15: the rule "x" names the role "s", which no user has)",
                        R"(11:15: the rule "x" names the user "b", which [[users]] does not have)"}));
}

TEST(PolicyFaults, ARuleOfNobodyIsNoReasonNotToRun) {
  const LoadResult result = load("[[users]]\nname = \"ann\"\nverifier = \"" + std::string(kVerifier) +
                                 "\"\n[[policies]]\nusers = [\"gone\"]\ntable = \"t\"\naction = \"allow\"\n");
  EXPECT_THAT(texts(result.faults), ElementsAre());
  EXPECT_EQ(result.dead_rules.size(), 1U);
  EXPECT_NE(result.config, nullptr);
}

}  // namespace
}  // namespace sqlproxy::config::test
