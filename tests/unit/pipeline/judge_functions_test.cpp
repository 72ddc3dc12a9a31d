#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::calling;
using testing::JudgeTest;
using testing::on_function;
using testing::on_table;
using testing::rule;
using enum StatementType;

constexpr auto kBlock = PolicyAction::block;
constexpr auto kAllow = PolicyAction::allow;

class JudgeFunctionsTest : public JudgeTest {
 protected:
  static Statement using_operator(std::string_view schema, std::string_view name) {
    Statement made;
    made.type = select;
    made.operators.push_back({{"", std::string(schema), std::string(name)}});
    return made;
  }
  static Statement using_type(std::string_view name) {
    Statement made;
    made.type = select;
    made.types.push_back({testing::name_of(name)});
    return made;
  }
  static Statement attribute(std::string_view name) {
    Statement made = calling(name);
    made.functions.front().attribute_notation = true;
    return made;
  }
};

TEST_F(JudgeFunctionsTest, SafeBuiltinsNeedNoRule) {
  const Verdict verdict = judged(calling("lower"));
  EXPECT_TRUE(verdict.may_run());
  EXPECT_EQ(verdict.functions, std::vector<std::string>{"pg_catalog.lower"});
  EXPECT_TRUE(allowed(calling("pg_catalog.pg_sleep")));
  EXPECT_TRUE(allowed(calling("random", 0)));
  rules = {on_function("no", "pg_catalog", "pg_sleep*", kBlock)};
  EXPECT_FALSE(allowed(calling("pg_sleep")));
}

TEST_F(JudgeFunctionsTest, DangerousBuiltinsNeedARuleThatNamesThem) {
  for (const char* name : {"pg_read_file", "nextval", "pg_stat_get_activity"}) {
    rules = {rule("all", kAllow, statement_types_named("ALL")), on_function("any", "*", "*")};
    // The default is enough for what writes: judge_system_test.cpp.
    options.default_action = name == std::string_view("nextval") ? kBlock : kAllow;
    EXPECT_FALSE(allowed(calling(name))) << name;
    EXPECT_FALSE(allowed(calling("pg_catalog." + std::string(name)))) << name;
    rules.push_back(on_function("named", "pg_catalog", name));
    EXPECT_TRUE(allowed(calling(name))) << name;
  }
  const Verdict verdict = (rules.clear(), judged(calling("pg_read_file")));
  EXPECT_EQ(verdict.error->message, "permission denied for function pg_read_file");
  EXPECT_EQ(verdict.error->detail, "No policy rule allows EXECUTE on pg_read_file.");
}

TEST_F(JudgeFunctionsTest, UsersFunctionsNeedAFunctionRule) {
  catalog.function("public.report_daily", 0);
  EXPECT_FALSE(allowed(calling("report_daily", 0)));
  rules = {rule("tables", kAllow, statement_types_named("ALL"))};
  EXPECT_FALSE(allowed(calling("report_daily", 0)));
  rules = {on_function("reports", "public", "report_*")};
  EXPECT_TRUE(allowed(calling("report_daily", 0)));
  rules.push_back(on_function("not-daily", "public", "report_daily", kBlock));
  EXPECT_FALSE(allowed(calling("report_daily", 0)));
}

TEST_F(JudgeFunctionsTest, AFunctionThatMayShadowABuiltinNeedsARule) {
  catalog.function("public.lower", 1);
  EXPECT_FALSE(allowed(calling("lower", 1)));
  EXPECT_TRUE(allowed(calling("pg_catalog.lower", 1)));
  catalog.last_function().minimum_arguments = catalog.last_function().maximum_arguments = 2;
  EXPECT_TRUE(allowed(calling("lower", 1)));
  catalog.last_function().maximum_arguments = 1;
  scope.search_path = {"hr"};
  EXPECT_TRUE(allowed(calling("lower", 1)));
}

// citext puts max(citext) and replace(citext, ...) into public.
TEST_F(JudgeFunctionsTest, ExtensionsImmutableOverloadsOfBuiltinsPass) {
  catalog.function("public.max", 1, "sql");
  catalog.last_function().volatility = Volatility::immutable;
  EXPECT_FALSE(allowed(calling("max", 1)));
  catalog.last_function().from_extension = true;
  EXPECT_TRUE(allowed(calling("max", 1)));
  EXPECT_FALSE(allowed(calling("public.max", 1)));
  rules = {on_function("no", "public", "max", kBlock)};
  EXPECT_FALSE(allowed(calling("max", 1)));
  rules.clear();
  catalog.last_function().security_definer = true;
  EXPECT_FALSE(allowed(calling("max", 1)));
}

TEST_F(JudgeFunctionsTest, UnknownFunctionsNeedARuleWhereverTheyMayBe) {
  scope.search_path = {"public", "hr"};
  rules = {on_function("public", "public", "*")};
  const Verdict verdict = judged(calling("made_just_now", 0));
  EXPECT_FALSE(verdict.may_run());
  EXPECT_TRUE(verdict.catalog_miss);
  rules.push_back(on_function("hr", "hr", "*"));
  EXPECT_TRUE(allowed(calling("made_just_now", 0)));
  EXPECT_FALSE(allowed(calling("pg_catalog.not_in_this_release", 0)));
}

TEST_F(JudgeFunctionsTest, AttributeNotationCallsFunctions) {
  EXPECT_TRUE(allowed(attribute("id")));
  EXPECT_TRUE(allowed(attribute("lower")));
  EXPECT_FALSE(allowed(attribute("pg_read_file")));  // ('/etc/passwd').pg_read_file
  catalog.function("public.secretf", 1);
  EXPECT_FALSE(allowed(attribute("secretf")));
  rules = {on_function("f", "public", "secretf")};
  EXPECT_TRUE(allowed(attribute("secretf")));
  rules.clear();
  catalog.last_function().minimum_arguments = catalog.last_function().maximum_arguments = 2;
  EXPECT_TRUE(allowed(attribute("secretf")));
  // A column that is called as a blocked builtin is still a column.
  rules = {on_function("no", "pg_catalog", "lower", kBlock)};
  EXPECT_TRUE(allowed(attribute("lower")));
}

TEST_F(JudgeFunctionsTest, CurrentSettingShowsNoSecrets) {
  EXPECT_TRUE(allowed(calling("current_setting", 1, {"search_path"})));
  EXPECT_FALSE(allowed(calling("current_setting", 1, {"Primary_ConnInfo"})));
  EXPECT_FALSE(allowed(calling("current_setting", 1, {std::nullopt})));
  EXPECT_FALSE(allowed(calling("current_setting", 1)));
}

TEST_F(JudgeFunctionsTest, SetConfigIsJudgedAsTheSettingThatItChanges) {
  Statement statement = calling("set_config", 1, {"role", "postgres"});
  // Without a trace in the analysis it is not understood.
  EXPECT_FALSE(allowed(statement));
  SettingChange change;
  change.by_function = true;
  change.name = "search_path";
  change.values = std::vector<std::string>{"hr"};
  statement.settings = {change};
  EXPECT_TRUE(allowed(statement));
  statement.settings.front().name = "role";
  EXPECT_FALSE(allowed(statement));
  statement.settings.front().name_known = false;
  statement.settings.front().name.clear();
  EXPECT_EQ(judged(statement).error->message, "permission denied to set a parameter whose name is not a constant");
  rules = {rule("session", kAllow, session)};
  rules.front().names_session = true;
  EXPECT_TRUE(allowed(statement));
}

TEST_F(JudgeFunctionsTest, PgNotifyIsNotify) {
  EXPECT_FALSE(allowed(calling("pg_notify")));
  rules = {rule("notify", kAllow, notify)};
  EXPECT_TRUE(allowed(calling("pg_notify")));
  rules.push_back(on_function("no", "pg_catalog", "pg_notify", kBlock));
  EXPECT_FALSE(allowed(calling("pg_notify")));
}

TEST_F(JudgeFunctionsTest, OperatorsThatRunUsersFunctionsNeedARule) {
  EXPECT_TRUE(allowed(using_operator("", "=")));
  EXPECT_TRUE(allowed(using_operator("pg_catalog", "=")));
  EXPECT_FALSE(allowed(using_operator("", "###")));
  const Oid function = catalog.function("public.op_function", 2);
  catalog.op("public.=", function);
  EXPECT_FALSE(allowed(using_operator("", "=")));
  EXPECT_TRUE(allowed(using_operator("pg_catalog", "=")));
  rules = {on_function("f", "public", "op_function")};
  EXPECT_TRUE(allowed(using_operator("", "=")));
  rules.clear();
  // An extension's in C; only superusers write those.
  catalog.last_function().language = "c";
  EXPECT_TRUE(allowed(using_operator("", "=")));
  catalog.last_function().security_definer = true;
  EXPECT_FALSE(allowed(using_operator("", "=")));
}

TEST_F(JudgeFunctionsTest, AnOperatorOverADangerousBuiltinNeedsTheRuleForIt) {
  const Oid reader = catalog.builtin("pg_read_binary_file");
  catalog.op("public.@@@", reader);
  rules = {on_function("any", "*", "*")};
  EXPECT_FALSE(allowed(using_operator("", "@@@")));
}

TEST_F(JudgeFunctionsTest, TypesAndCastsThatRunUsersFunctionsNeedARule) {
  EXPECT_TRUE(allowed(using_type("int4")));
  EXPECT_TRUE(allowed(using_type("serial")));
  EXPECT_TRUE(allowed(using_type("hr.salaries")));
  EXPECT_FALSE(allowed(using_type("unknown_type")));
  const Oid check = catalog.function("public.is_email", 1);
  catalog.type("public.email", {check});
  EXPECT_FALSE(allowed(using_type("email")));
  EXPECT_FALSE(allowed(using_type("_email")));
  rules = {on_function("f", "public", "is_email")};
  EXPECT_TRUE(allowed(using_type("email")));
  const Oid mood = catalog.type("public.mood");
  EXPECT_TRUE(allowed(using_type("mood")));
  catalog.cast(23, mood, catalog.function("public.to_mood", 1));
  EXPECT_FALSE(allowed(using_type("mood")));
  // A cast that is written as a call.
  EXPECT_FALSE(allowed(calling("mood")));
  EXPECT_TRUE(allowed(calling("int4")));
  // Who may make types here may have made this one.
  rules.push_back(on_table(rule("ddl", kAllow, ddl), "public"));
  EXPECT_TRUE(allowed(using_type("made_just_now")));
}

TEST_F(JudgeFunctionsTest, FunctionCallsByOidAreJudgedLikeCalls) {
  const Oid user_function = catalog.function("public.f", 0);
  const auto by_oid = [&](Oid oid) {
    policies = PolicySet::compile(rules, options);
    built = catalog.build();
    return judge_function_call(oid, subject, scope, built.get(), *policies);
  };
  const Oid lower = catalog.build()->functions_named("lower").front()->oid;
  const Oid set_config = catalog.build()->functions_named("set_config").front()->oid;
  EXPECT_TRUE(by_oid(lower).may_run());
  EXPECT_FALSE(by_oid(set_config).may_run());
  EXPECT_FALSE(by_oid(user_function).may_run());
  EXPECT_FALSE(by_oid(999999).may_run());
  EXPECT_TRUE(by_oid(999999).catalog_miss);
  rules = {on_function("f", "public", "f")};
  EXPECT_TRUE(by_oid(user_function).may_run());
  EXPECT_FALSE(judge_function_call(lower, subject, scope, nullptr, *policies).may_run());
}

TEST_F(JudgeFunctionsTest, FunctionsAsObjectsOfDdl) {
  Statement create;
  create.type = ddl;
  ObjectRef& object = create.objects.emplace_back();
  object.kind = ObjectKind::function;
  object.name = testing::name_of("f");
  object.required = ddl;
  object.created = true;
  EXPECT_FALSE(allowed(create));
  rules = {on_table(rule("ddl", kAllow, ddl), "public")};
  EXPECT_TRUE(allowed(create));
  scope.search_path = {"hr", "public"};
  EXPECT_FALSE(allowed(create));
  rules = {on_function("f", "hr", "f")};
  rules.front().statements = ddl;
  EXPECT_TRUE(allowed(create));
  create.cascades = true;
  EXPECT_FALSE(allowed(create));
  rules = {on_table(rule("ddl", kAllow, ddl), "hr")};
  EXPECT_TRUE(allowed(create));
}

}  // namespace
}  // namespace sqlproxy::pipeline
