#include "pipeline/policy_set.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::on_function;
using testing::on_table;
using testing::rule;
using enum StatementType;

constexpr auto kBlock = PolicyAction::block;
constexpr auto kAllow = PolicyAction::allow;

const Subject kAnn{"ann", {"analysts", "staff"}, "acme"};

RuleMatch look_up(const std::shared_ptr<const PolicySet>& set, const Subject& subject = kAnn,
                  std::string_view table = "orders", StatementType type = select, std::string_view database = "app") {
  return set->view(subject, database).relation(std::string_view("public"), table, type);
}

std::shared_ptr<const PolicySet> compile(std::vector<PolicyRule> rules) {
  return PolicySet::compile(std::move(rules), {});
}

// Contract, section 2: database 100 + schema 10 + table 1.
TEST(PolicySet, SpecificityIsTheSumOfTheScopesNamed) {
  struct Case {
    const char* database;
    const char* schema;
    const char* table;
    int expected;
  };
  for (const Case& c : {Case{"*", "*", "*", 0}, Case{"*", "*", "orders", 1}, Case{"*", "public", "*", 10},
                        Case{"*", "public", "orders", 11}, Case{"app", "*", "*", 100}, Case{"app", "*", "orders", 101},
                        Case{"app", "public", "*", 110}, Case{"app", "public", "orders", 111}}) {
    const auto set = compile({on_table(rule("r"), c.schema, c.table, c.database)});
    const RuleMatch match = look_up(set);
    ASSERT_TRUE(match) << c.database << c.schema << c.table;
    EXPECT_EQ(match.specificity, c.expected);
    EXPECT_EQ(match.names_object(), std::string_view(c.table) != "*");
  }
}

// Every pair of heights: the higher decides, whichever it is and in whichever order the two stand.
TEST(PolicySet, TheMostSpecificRuleWinsAndABlockAtTheSameHeight) {
  const std::vector<std::array<const char*, 3>> scopes = {
      {"*", "*", "*"},   {"*", "*", "orders"},   {"*", "public", "*"},   {"*", "public", "orders"},
      {"app", "*", "*"}, {"app", "*", "orders"}, {"app", "public", "*"}, {"app", "public", "orders"}};
  for (std::size_t block = 0; block < scopes.size(); ++block) {
    for (std::size_t allow = 0; allow < scopes.size(); ++allow) {
      const auto& b = scopes[block];
      const auto& a = scopes[allow];
      const PolicyRule blocking = on_table(rule("block", kBlock), b[1], b[2], b[0]);
      const PolicyRule allowing = on_table(rule("allow", kAllow), a[1], a[2], a[0]);
      const char* expected = allow > block ? "allow" : "block";
      EXPECT_EQ(look_up(compile({blocking, allowing})).rule->id, expected) << block << " " << allow;
      EXPECT_EQ(look_up(compile({allowing, blocking})).rule->id, expected) << block << " " << allow;
    }
  }
}

TEST(PolicySet, BlocksWinAcrossUserRoleAndEveryone) {
  PolicyRule for_role = on_table(rule("role", kBlock), "public", "orders");
  for_role.users.clear();
  for_role.roles = {"staff"};
  PolicyRule for_user = on_table(rule("user", kAllow), "public", "orders");
  for_user.users = {"ann"};
  const auto set = compile({for_user, for_role, on_table(rule("everyone", kAllow), "public", "orders")});
  EXPECT_EQ(look_up(set).rule->id, "role");
  EXPECT_EQ(look_up(set, {"ann", {"analysts"}, ""}).rule->id, "user");
  EXPECT_EQ(look_up(set, {"bob", {}, ""}).rule->id, "everyone");
  // A user is not a role of the same name.
  EXPECT_EQ(look_up(set, {"staff", {}, ""}).rule->id, "everyone");
}

TEST(PolicySet, OfEqualRulesTheFirstIsNamed) {
  PolicyRule second = on_table(rule("second"), "public", "orders");
  second.users = {"ann"};
  EXPECT_EQ(look_up(compile({on_table(rule("first"), "public", "orders"), second})).rule->id, "first");
  EXPECT_EQ(look_up(compile({second, on_table(rule("first"), "public", "orders")})).rule->id, "second");
}

TEST(PolicySet, RulesSpeakOnlyOfTheirTypesScopesAndSubjects) {
  PolicyRule made = on_table(rule("r", kAllow, StatementTypes(select) | insert), "public", "orders", "app");
  made.users = {"ann"};
  const auto set = compile({made});
  EXPECT_TRUE(look_up(set, kAnn, "orders", insert));
  EXPECT_FALSE(look_up(set, kAnn, "orders", update));
  EXPECT_FALSE(look_up(set, kAnn, "order"));
  EXPECT_FALSE(look_up(set, kAnn, "orders2"));
  EXPECT_FALSE(look_up(set, kAnn, ""));
  EXPECT_FALSE(look_up(set, kAnn, "orders", select, "other"));
  EXPECT_FALSE(look_up(set, {"bob", {"analysts"}, ""}));
  EXPECT_FALSE(set->view(kAnn, "app").relation(std::string_view("hr"), std::string_view("orders"), select));
}

TEST(PolicySet, StatementsWithoutObjectsNeedRulesWithoutNarrowScopes) {
  const auto of = [](PolicyRule made) {
    made.statements = StatementTypes(do_block) | session | ddl;
    return compile({std::move(made)});
  };
  const auto database = of(on_table(rule("r"), "*", "*", "app"));
  EXPECT_EQ(database->view(kAnn, "app").database(do_block).specificity, 100);
  EXPECT_FALSE(database->view(kAnn, "other").database(do_block));
  EXPECT_FALSE(of(on_table(rule("r"), "public"))->view(kAnn, "app").database(do_block));
  EXPECT_FALSE(of(on_table(rule("r"), "*", "orders"))->view(kAnn, "app").database(do_block));
  EXPECT_FALSE(of(on_function("r", "*", "*"))->view(kAnn, "app").database(do_block));
  EXPECT_TRUE(of(on_table(rule("r"), "public"))->view(kAnn, "app").schema(std::string_view("public"), ddl));
  EXPECT_FALSE(of(on_table(rule("r"), "public", "t"))->view(kAnn, "app").schema(std::string_view("public"), ddl));
}

TEST(PolicySet, GuardedSettingsNeedSessionByName) {
  PolicyRule by_group = rule("all", kAllow, statement_types_named("ALL"));
  EXPECT_TRUE(compile({by_group})->view(kAnn, "app").database(session));
  EXPECT_FALSE(compile({by_group})->view(kAnn, "app").guarded_setting());
  PolicyRule by_name = by_group;
  by_name.id = "session";
  by_name.names_session = true;
  EXPECT_EQ(compile({by_group, by_name})->view(kAnn, "app").guarded_setting().rule->id, "session");
  PolicyRule block = by_group;
  block.action = kBlock;
  EXPECT_TRUE(compile({block, by_name})->view(kAnn, "app").guarded_setting().blocks());
}

TEST(PolicySet, FunctionRulesMatchByNameAndPattern) {
  const auto matches = [](const char* pattern, std::string_view name) {
    const auto set = compile({on_function("r", "public", pattern)});
    return set->view(kAnn, "app").function(std::string_view("public"), name, execute);
  };
  EXPECT_EQ(matches("report_daily", "report_daily").specificity, 11);
  EXPECT_EQ(matches("report_*", "report_daily").specificity, 11);
  EXPECT_EQ(matches("*", "anything").specificity, 10);
  EXPECT_TRUE(matches("report_*", "report_"));
  EXPECT_FALSE(matches("report_*", "report"));
  EXPECT_FALSE(matches("report_*", "xreport_1"));
  EXPECT_TRUE(matches("*_report", "daily_report"));
  EXPECT_TRUE(matches("a*b*c", "a__b_bc"));
  EXPECT_FALSE(matches("a*b*c", "a__b_b"));
  EXPECT_FALSE(matches("report.daily", "report_daily"));
  // Function rules say nothing of relations, and the other way about.
  EXPECT_FALSE(look_up(compile({on_function("r", "*", "*")})));
  EXPECT_FALSE(compile({rule("r", kAllow, statement_types_named("ALL"))})
                   ->view(kAnn, "app")
                   .function(std::string_view("public"), std::string_view("f"), execute));
}

TEST(PolicySet, AllowancesThatDoNotNameWhatTheyMustDoNotCount) {
  const auto function = [](const char* schema, const char* pattern, PolicyAction action = kAllow) {
    return compile({on_function("r", schema, pattern, action)});
  };
  const auto asked = [](const std::shared_ptr<const PolicySet>& set) {
    return set->view(kAnn, "app")
        .function(std::string_view("pg_catalog"), std::string_view("pg_read_file"), execute, Naming::schema_or_object);
  };
  EXPECT_FALSE(asked(function("*", "*")));
  EXPECT_FALSE(asked(function("*", "pg_read_*")));
  EXPECT_TRUE(asked(function("*", "pg_read_file")).allows());
  EXPECT_TRUE(asked(function("pg_catalog", "*")).allows());
  EXPECT_TRUE(asked(function("*", "*", kBlock)).blocks());
  const auto relation = [](const char* schema, const char* table, Naming naming) {
    return compile({on_table(rule("r"), schema, table)})
        ->view(kAnn, "app")
        .relation(std::string_view("pg_catalog"), std::string_view("pg_authid"), select, naming)
        .allows();
  };
  EXPECT_FALSE(relation("*", "*", Naming::schema));
  EXPECT_FALSE(relation("*", "pg_authid", Naming::schema));
  EXPECT_TRUE(relation("pg_catalog", "*", Naming::schema));
  EXPECT_FALSE(relation("pg_catalog", "*", Naming::object));
  EXPECT_TRUE(relation("*", "pg_authid", Naming::object));
}

TEST(PolicySet, ColumnRulesSpeakOfTheirColumnsOnly) {
  PolicyRule made = on_table(rule("r"), "public", "orders");
  made.columns = {"id", "total"};
  const auto allowing = compile({made});
  EXPECT_FALSE(look_up(allowing));
  const std::string_view schema = "public";
  const std::string_view table = "orders";
  const PolicyView view = allowing->view(kAnn, "app");
  EXPECT_TRUE(view.parts_columns(schema, table));
  EXPECT_FALSE(view.parts_columns(schema, std::string_view("products")));
  const RuleMatch match = view.column(schema, table, std::string_view("total"), select);
  EXPECT_TRUE(match.allows());
  EXPECT_EQ(match.specificity, 12);
  EXPECT_TRUE(match.names_object() && match.column_named);
  EXPECT_FALSE(view.column(schema, table, std::string_view("secret"), select));
  EXPECT_FALSE(view.column(schema, table, std::string_view("total"), StatementType::update));
  EXPECT_TRUE(view.no_column(schema, table, select).allows());
  EXPECT_FALSE(view.every_column(schema, table, select));
}

TEST(PolicySet, ABlockOfAColumnOutweighsTheTable) {
  PolicyRule block = on_table(rule("block", kBlock), "public", "orders");
  block.columns = {"secret"};
  const auto set = compile({on_table(rule("allow"), "public", "orders"), block});
  const PolicyView view = set->view(kAnn, "app");
  const std::string_view schema = "public";
  const std::string_view table = "orders";
  EXPECT_TRUE(view.relation(schema, table, select).allows());
  EXPECT_TRUE(view.column(schema, table, std::string_view("id"), select).allows());
  EXPECT_TRUE(view.column(schema, table, std::string_view("secret"), select).blocks());
  EXPECT_TRUE(view.no_column(schema, table, select).allows());
  EXPECT_TRUE(view.every_column(schema, table, select).blocks());
}

TEST(PolicySet, AColumnCountsAsMuchAsATable) {
  PolicyRule wide = on_table(rule("wide"), "public");
  wide.columns = {"id"};
  const auto set = compile({wide, on_table(rule("table", kBlock), "public", "orders")});
  const PolicyView view = set->view(kAnn, "app");
  // 11 against 11: block wins.
  EXPECT_TRUE(
      view.column(std::string_view("public"), std::string_view("orders"), std::string_view("id"), select).blocks());
  const RuleMatch other =
      view.column(std::string_view("public"), std::string_view("products"), std::string_view("id"), select);
  EXPECT_TRUE(other.allows());
  EXPECT_FALSE(other.names_object());
}

TEST(PolicySet, ManyRolesAreAllLookedAt) {
  Subject subject{"ann", {}, ""};
  std::vector<PolicyRule> rules;
  for (int i = 0; i < 40; ++i) {
    subject.roles.push_back("role" + std::to_string(i));
    PolicyRule made = on_table(rule("r" + std::to_string(i)), "public", "t" + std::to_string(i), "app");
    made.users.clear();
    made.roles = {subject.roles.back()};
    rules.push_back(made);
  }
  const auto set = compile(std::move(rules));
  for (int i = 0; i < 40; ++i) {
    const RuleMatch match = look_up(set, subject, "t" + std::to_string(i));
    ASSERT_TRUE(match) << i;
    EXPECT_EQ(match.rule->id, "r" + std::to_string(i));
  }
}

TEST(PolicySet, VersionIsAHashOfTheContent) {
  const PolicyRule made = rule("r");
  PolicyRule other = made;
  other.reason = "x";
  const auto version = [](std::vector<PolicyRule> rules, PolicyOptions options = {}) {
    return PolicySet::compile(std::move(rules), options)->version();
  };
  EXPECT_EQ(version({made}), version({made}));
  EXPECT_EQ(version({made}).size(), 32U);
  EXPECT_NE(version({made}), version({other}));
  EXPECT_NE(version({made}), version({made}, {.default_action = kAllow}));
  EXPECT_EQ(PolicySet::compile({}, {}, "v7")->version(), "v7");
  // Texts do not run into each other.
  PolicyRule left = made;
  left.users = {"ab", "c"};
  PolicyRule right = made;
  right.users = {"a", "bc"};
  EXPECT_NE(version({left}), version({right}));
}

}  // namespace
}  // namespace sqlproxy::pipeline
