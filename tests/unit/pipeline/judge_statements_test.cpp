#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::JudgeTest;
using testing::on_table;
using testing::rule;
using enum StatementType;

constexpr auto kBlock = PolicyAction::block;
constexpr auto kAllow = PolicyAction::allow;

class JudgeStatementsTest : public JudgeTest {
 protected:
  static Statement of_type(StatementType type) {
    Statement made;
    made.type = type;
    return made;
  }
  static Statement setting(std::string name, std::string value) {
    Statement made = of_type(session);
    SettingChange& change = made.settings.emplace_back();
    change.name = std::move(name);
    change.values = std::vector{std::move(value)};
    return made;
  }
};

TEST_F(JudgeStatementsTest, WhatTouchesNothingPasses) {
  EXPECT_TRUE(allowed(of_type(transaction)));
  EXPECT_TRUE(allowed(of_type(select)));
  EXPECT_TRUE(allowed(of_type(session)));
  EXPECT_TRUE(allowed(of_type(execute)));
}

TEST_F(JudgeStatementsTest, ServerWideStatementsNeedARuleEvenWithoutObjects) {
  for (const StatementType type : {ddl, dcl, maintenance, do_block, notify, server_file}) {
    rules.clear();
    EXPECT_FALSE(allowed(of_type(type))) << to_string(type);
    rules = {rule("narrow", kAllow, type)};
    rules.front().schema = "public";
    EXPECT_FALSE(allowed(of_type(type))) << to_string(type);
    rules = {rule("wide", kAllow, type)};
    rules.front().database = "app";
    EXPECT_TRUE(allowed(of_type(type))) << to_string(type);
  }
  rules = {rule("all", kAllow, statement_types_named("ALL"))};
  EXPECT_TRUE(allowed(of_type(do_block)));
  EXPECT_FALSE(allowed(of_type(server_file)));
}

TEST_F(JudgeStatementsTest, UnlistenAllNeedsNoRule) {
  Statement statement = of_type(notify);
  statement.listen.kind = ListenAction::Kind::unlisten_all;
  EXPECT_TRUE(allowed(statement));
}

TEST_F(JudgeStatementsTest, UnparsedIsDeniedUnlessBothOptionsOpenIt) {
  EXPECT_FALSE(allowed(of_type(unparsed)));
  options.default_action = kAllow;
  EXPECT_FALSE(allowed(of_type(unparsed)));
  options.unparsed = kAllow;
  EXPECT_TRUE(allowed(of_type(unparsed)));
  options.default_action = kBlock;
  EXPECT_FALSE(allowed(of_type(unparsed)));
}

TEST_F(JudgeStatementsTest, UnparsedIsDeniedWhereAnythingIsBlocked) {
  options.default_action = options.unparsed = kAllow;
  const auto verdict = [&] {
    policies = PolicySet::compile(rules, options);
    return judge_unparsed(subject, scope, *policies);
  };
  PolicyRule block = on_table(rule("no-salaries", kBlock), "hr", "salaries");
  block.reason = "private";
  block.users = {"bob"};
  block.roles = {"managers"};
  PolicyRule elsewhere = testing::on_function("elsewhere", "public", "f", kBlock);
  elsewhere.database = "other";
  rules = {rule("all"), block, elsewhere};
  EXPECT_EQ(verdict().decision, Decision::allow);
  for (const char* name : {"ann", "*"}) {
    rules[1].users = {name};
    const Verdict denied = verdict();
    EXPECT_EQ(denied.decision, Decision::deny);
    EXPECT_EQ(denied.rule->id, "no-salaries");
    EXPECT_EQ(denied.reason, "private");
  }
  rules[1] = block;
  rules[1].roles = {"x", "analysts"};
  rules[1].database = "app";
  EXPECT_EQ(verdict().decision, Decision::deny);
  // Nothing could be told of what is observed.
  options.mode = PolicyMode::observe;
  EXPECT_EQ(verdict().decision, Decision::deny);
}

TEST_F(JudgeStatementsTest, SessionIsAllowedLessTheGuardedSettings) {
  EXPECT_TRUE(allowed(setting("search_path", "hr")));
  const Verdict verdict = judged(setting("role", "postgres"));
  EXPECT_EQ(verdict.error->message, "permission denied to set parameter \"role\"");
  EXPECT_EQ(verdict.error->sqlstate.text(), "42501");
  options.default_action = kAllow;
  EXPECT_FALSE(allowed(setting("role", "postgres")));
  rules = {rule("all", kAllow, statement_types_named("ALL"))};
  EXPECT_FALSE(allowed(setting("role", "postgres")));
  rules.front().names_session = true;
  EXPECT_TRUE(allowed(setting("role", "postgres")));
}

TEST_F(JudgeStatementsTest, SessionCanBeBlocked) {
  rules = {rule("no", kBlock, session)};
  EXPECT_FALSE(allowed(setting("search_path", "hr")));
  EXPECT_FALSE(allowed(of_type(session)));
  EXPECT_TRUE(allowed(of_type(transaction)));
  PolicyRule back = rule("yes", kAllow, session);
  back.database = "app";
  rules.push_back(back);
  EXPECT_TRUE(allowed(setting("search_path", "hr")));
}

TEST_F(JudgeStatementsTest, SchemasAndWhatIsInThem) {
  Statement create = of_type(ddl);
  ObjectRef& object = create.objects.emplace_back();
  object.kind = ObjectKind::schema;
  object.name.schema = "hr";
  object.required = ddl;
  EXPECT_EQ(judged(create).error->message, "permission denied for schema hr");
  rules = {on_table(rule("public", kAllow, ddl), "public")};
  EXPECT_FALSE(allowed(create));
  rules = {on_table(rule("hr", kAllow, ddl), "hr")};
  EXPECT_TRUE(allowed(create));
  rules = {on_table(rule("hr", kAllow, ddl), "hr", "salaries")};
  EXPECT_FALSE(allowed(create));
  // Something without a schema, created: the creation schema.
  object.name = {"", "", "stats"};
  object.created = true;
  rules = {on_table(rule("public", kAllow, ddl), "public")};
  EXPECT_TRUE(allowed(create));
  // Not created: it may be in any schema of the path.
  object.created = false;
  scope.search_path = {"public", "hr"};
  EXPECT_FALSE(allowed(create));
}

TEST_F(JudgeStatementsTest, TheDatabaseAsObject) {
  Statement create = of_type(ddl);
  ObjectRef& object = create.objects.emplace_back();
  object.kind = ObjectKind::database;
  object.required = ddl;
  EXPECT_EQ(judged(create).error->message, "permission denied for database app");
  rules = {on_table(rule("public", kAllow, ddl), "public")};
  EXPECT_FALSE(allowed(create));
  rules = {rule("all", kAllow, ddl)};
  EXPECT_TRUE(allowed(create));
}

TEST_F(JudgeStatementsTest, RulesAreForThePolicysNameOfTheDatabase) {
  rules = {on_table(rule("app"), "public", "*", "app")};
  EXPECT_TRUE(allowed(testing::touching("orders")));
  rules = {on_table(rule("appdb"), "public", "*", "appdb")};
  EXPECT_FALSE(allowed(testing::touching("orders")));
}

}  // namespace
}  // namespace sqlproxy::pipeline
