#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::JudgeTest;
using testing::on_function;
using testing::on_table;
using testing::rule;
using testing::touching;
using enum StatementType;

constexpr auto kBlock = PolicyAction::block;
constexpr auto kAllow = PolicyAction::allow;

using JudgeRelationsTest = JudgeTest;

TEST_F(JudgeRelationsTest, WithoutARuleTheDefaultDecides) {
  EXPECT_FALSE(allowed(touching("orders")));
  options.default_action = kAllow;
  const Verdict verdict = judged(touching("orders"));
  EXPECT_EQ(verdict.decision, Decision::allow);
  EXPECT_EQ(verdict.reason, "default");
  EXPECT_EQ(verdict.rule, nullptr);
}

TEST_F(JudgeRelationsTest, AllOrNothing) {
  rules = {on_table(rule("public"), "public")};
  Statement both = touching("orders");
  EXPECT_TRUE(allowed(both));
  both.objects.push_back(touching("hr.salaries").objects.front());
  const Verdict verdict = judged(both);
  EXPECT_EQ(verdict.decision, Decision::deny);
  EXPECT_EQ(verdict.error->message, "permission denied for table salaries");
  // The audit sees all of it.
  ASSERT_EQ(verdict.relations.size(), 2U);
  EXPECT_EQ(verdict.relations[0], (TouchedRelation{"app", "public", "orders", Usage::read}));
  EXPECT_EQ(verdict.relations[1], (TouchedRelation{"app", "hr", "salaries", Usage::read}));
}

TEST_F(JudgeRelationsTest, EveryRequiredTypeMustBeAllowed) {
  rules = {on_table(rule("write", kAllow, update), "public", "orders")};
  EXPECT_TRUE(allowed(touching("orders", update)));
  EXPECT_FALSE(allowed(touching("orders", StatementTypes(update) | select)));
  rules.push_back(on_table(rule("read"), "public"));
  EXPECT_TRUE(allowed(touching("orders", StatementTypes(update) | select)));
}

TEST_F(JudgeRelationsTest, LockingNeedsUpdateOrLock) {
  Statement locking = touching("orders");
  locking.objects.front().any_of = StatementTypes(update) | lock;
  rules = {on_table(rule("read"), "public")};
  EXPECT_FALSE(allowed(locking));
  rules.push_back(on_table(rule("lock", kAllow, lock), "public"));
  EXPECT_TRUE(allowed(locking));
  rules.back().statements = update;
  EXPECT_TRUE(allowed(locking));
}

TEST_F(JudgeRelationsTest, TheVerdictNamesTheRule) {
  PolicyRule block = on_table(rule("no-hr", kBlock), "hr", "*", "app");
  block.reason = "payroll is confidential";
  rules = {rule("read"), block};
  const Verdict verdict = judged(touching("hr.salaries"));
  EXPECT_EQ(verdict.decision, Decision::deny);
  ASSERT_NE(verdict.rule, nullptr);
  EXPECT_EQ(verdict.rule->id, "no-hr");
  EXPECT_EQ(verdict.specificity, 110);
  EXPECT_EQ(verdict.reason, "payroll is confidential");
  EXPECT_EQ(verdict.error->sqlstate.text(), "42501");
  EXPECT_EQ(verdict.error->detail, "Policy rule \"no-hr\" blocks SELECT on hr.salaries: payroll is confidential.");
  const Verdict read = judged(touching("orders"));
  EXPECT_EQ(read.rule->id, "read");
  EXPECT_EQ(read.specificity, 0);
}

// A table that is blocked, and one that does not exist, get the same answer.
TEST_F(JudgeRelationsTest, TheAnswerDoesNotTellWhatExists) {
  const auto answer = [&](std::string_view name) {
    const Verdict verdict = judged(touching(name));
    EXPECT_FALSE(verdict.may_run());
    const core::Error& error = *verdict.error;
    std::string text = std::string(error.sqlstate.text()) + error.message + error.detail + error.hint;
    for (std::size_t at = text.find("ghosts"); at != std::string::npos; at = text.find("ghosts")) {
      text.replace(at, 6, "orders");
    }
    return text;
  };
  catalog.view("hr.orders", {salaries});
  scope.search_path = {"public", "hr"};
  EXPECT_EQ(answer("orders"), answer("ghosts"));
  EXPECT_EQ(answer("public.orders"), answer("public.ghosts"));
  EXPECT_EQ(answer("hr.orders"), answer("hr.ghosts"));
  rules = {on_table(rule("no", kBlock), "hr")};
  EXPECT_EQ(answer("hr.orders"), answer("hr.ghosts"));
  scope.search_path = {"hr"};
  EXPECT_EQ(answer("orders"), answer("ghosts"));
}

TEST_F(JudgeRelationsTest, ANameThatMayBeElsewhereNeedsPermissionThereToo) {
  rules = {on_table(rule("public"), "public")};
  scope.search_path = {"public"};
  const Verdict verdict = judged(touching("made_just_now"));
  EXPECT_TRUE(verdict.may_run());
  EXPECT_TRUE(verdict.catalog_miss);
  scope.search_path = {"public", "hr"};
  EXPECT_FALSE(allowed(touching("made_just_now")));
  EXPECT_TRUE(allowed(touching("orders")));
}

TEST_F(JudgeRelationsTest, TheSearchPathDecidesWhatANameMeans) {
  catalog.relation("hr.orders");
  rules = {on_table(rule("public"), "public")};
  EXPECT_TRUE(allowed(touching("orders")));
  scope.search_path = {"hr", "public"};
  EXPECT_FALSE(allowed(touching("orders")));
  scope.search_path = {"public"};
  scope.search_path_known = false;
  EXPECT_FALSE(allowed(touching("orders")));
}

TEST_F(JudgeRelationsTest, OwnTemporaryTablesNeedNoRuleToBeUsed) {
  scope.temporary_relations = {"salaries"};
  scope.standing = {{{"", "pg_temp", "salaries"}, {}}};
  scope.search_path = {"public"};
  EXPECT_TRUE(allowed(touching("salaries", StatementTypes(select) | insert | truncate)));
  EXPECT_FALSE(allowed(touching("hr.salaries")));
  // It may be gone, and then this is the other one.
  scope.search_path = {"hr"};
  EXPECT_FALSE(allowed(touching("salaries")));
  Statement create = touching("scratch", ddl);
  create.objects.front().created = true;
  create.objects.front().temporary = true;
  EXPECT_FALSE(allowed(create));
  rules = {on_table(rule("temp", kAllow, ddl), "pg_temp")};
  EXPECT_TRUE(allowed(create));
  // Others' are no business of anybody.
  EXPECT_FALSE(allowed(touching("pg_temp_3.secret")));
  rules = {rule("all", kAllow, statement_types_named("ALL"))};
  EXPECT_FALSE(allowed(touching("pg_temp_3.secret")));
}

TEST_F(JudgeRelationsTest, OtherDatabasesAreRefusedAsPostgresDoes) {
  rules = {rule("all")};
  Statement foreign = touching("public.orders");
  foreign.objects.front().name.catalog = "other";
  const Verdict verdict = judged(foreign);
  EXPECT_EQ(verdict.error->message, "cross-database references are not implemented: other.public.orders");
  EXPECT_EQ(verdict.error->sqlstate.text(), "0A000");
}

TEST_F(JudgeRelationsTest, AViewThatARuleNamesDecidesAlone) {
  catalog.view("public.payroll", {salaries});
  rules = {on_table(rule("named"), "public", "payroll")};
  EXPECT_TRUE(allowed(touching("payroll")));
  EXPECT_FALSE(allowed(touching("hr.salaries")));
}

TEST_F(JudgeRelationsTest, AViewThatAWildcardReachesIsJudgedWithItsTables) {
  const Oid payroll = catalog.view("public.payroll", {salaries});
  catalog.view("public.deeper", {payroll, orders}, {}, RelationKind::materialized_view);
  rules = {on_table(rule("public"), "public")};
  const Verdict verdict = judged(touching("payroll"));
  EXPECT_FALSE(verdict.may_run());
  EXPECT_EQ(verdict.error->message, "permission denied for table payroll");
  EXPECT_EQ(verdict.error->detail.find("salaries"), std::string::npos);
  EXPECT_FALSE(allowed(touching("deeper")));
  EXPECT_TRUE(allowed(touching("orders")));
  // A rule that names the inner view stops there.
  rules.push_back(on_table(rule("inner"), "public", "payroll"));
  EXPECT_TRUE(allowed(touching("deeper")));
  rules.back() = on_table(rule("base"), "hr");
  EXPECT_TRUE(allowed(touching("deeper")));
  rules.push_back(on_table(rule("no", kBlock), "hr", "salaries"));
  EXPECT_FALSE(allowed(touching("deeper")));
  // The default is no rule that names the view.
  options.default_action = kAllow;
  rules = {on_table(rule("no", kBlock), "hr", "salaries")};
  EXPECT_FALSE(allowed(touching("deeper")));
}

TEST_F(JudgeRelationsTest, AViewIsJudgedWithItsFunctionsAndSensitiveCatalogs) {
  const Oid authid = catalog.relation("pg_catalog.pg_shadow");
  catalog.view("public.passwords", {authid});
  const Oid definer = catalog.function("public.peek", 0);
  catalog.view("public.peeking", {orders}, {definer});
  const Oid reader = catalog.builtin("pg_read_binary_file");
  catalog.view("public.reading", {}, {reader});
  rules = {on_table(rule("public"), "public"), rule("everything")};
  EXPECT_FALSE(allowed(touching("passwords")));
  EXPECT_FALSE(allowed(touching("peeking")));
  EXPECT_FALSE(allowed(touching("reading")));
  rules.push_back(on_function("peek", "public", "peek"));
  EXPECT_TRUE(allowed(touching("peeking")));
}

TEST_F(JudgeRelationsTest, WritingToAViewNeedsWritingToItsTables) {
  catalog.view("public.payroll", {salaries});
  rules = {on_table(rule("public", kAllow, statement_types_named("DML")), "public"), on_table(rule("hr"), "hr")};
  EXPECT_TRUE(allowed(touching("payroll")));
  EXPECT_FALSE(allowed(touching("payroll", insert)));
  rules.back().statements |= insert;
  EXPECT_TRUE(allowed(touching("payroll", insert)));
}

TEST_F(JudgeRelationsTest, RewriteRulesOfATableAreJudgedWhenItIsWritten) {
  catalog.relation_row(orders).has_rules = true;
  catalog.relation_row(orders).rule_relations = {orders, salaries};
  rules = {on_table(rule("public", kAllow, statement_types_named("DML")), "public")};
  EXPECT_TRUE(allowed(touching("orders")));
  EXPECT_FALSE(allowed(touching("orders", insert)));
  rules.push_back(on_table(rule("hr", kAllow, statement_types_named("DML")), "hr"));
  EXPECT_TRUE(allowed(touching("orders", insert)));
}

TEST_F(JudgeRelationsTest, EndlessViewsEnd) {
  const Oid a = catalog.view("public.a", {});
  const Oid b = catalog.view("public.b", {a});
  catalog.relation_row(a).rule_relations = {b, a};
  rules = {on_table(rule("public"), "public")};
  EXPECT_TRUE(allowed(touching("a")));
  Oid last = orders;
  for (int i = 0; i < 5000; ++i) last = catalog.view("public.v" + std::to_string(i), {last, last});
  EXPECT_TRUE(allowed(touching("v100")));
  EXPECT_FALSE(allowed(touching("v4999")));
}

TEST_F(JudgeRelationsTest, ChildrenAreCoveredByTheirParents) {
  const Oid part = catalog.child("hr.part", {orders});
  catalog.child("hr.part_of_part", {part});
  rules = {on_table(rule("parent"), "public", "orders")};
  EXPECT_TRUE(allowed(touching("hr.part")));
  EXPECT_TRUE(allowed(touching("hr.part_of_part")));
  rules = {on_table(rule("hr"), "hr"), on_table(rule("parent", kBlock), "public", "orders")};
  EXPECT_FALSE(allowed(touching("hr.part_of_part")));
  // Heights decide between a child's rule and its parent's; at the same height the block.
  rules = {on_table(rule("child"), "hr", "part"), on_table(rule("parent", kBlock), "public", "orders")};
  EXPECT_FALSE(allowed(touching("hr.part")));
  rules = {on_table(rule("child"), "hr", "part", "app"), on_table(rule("parent", kBlock), "public", "orders")};
  EXPECT_TRUE(allowed(touching("hr.part")));
  // Reading the parent reads the children.
  rules = {on_table(rule("parent"), "public", "orders"), on_table(rule("child", kBlock), "hr", "part")};
  EXPECT_TRUE(allowed(touching("orders")));
  EXPECT_FALSE(allowed(touching("hr.part")));
}

TEST_F(JudgeRelationsTest, SensitiveCatalogsNeedARuleThatNamesTheSchema) {
  EXPECT_TRUE(allowed(touching("pg_class")));
  EXPECT_TRUE(allowed(touching("information_schema.tables")));
  EXPECT_FALSE(allowed(touching("pg_authid")));
  EXPECT_FALSE(allowed(touching("pg_class", update)));
  rules = {rule("all", kAllow, statement_types_named("ALL"))};
  options.default_action = kAllow;
  EXPECT_FALSE(allowed(touching("pg_authid")));
  EXPECT_FALSE(allowed(touching("pg_class", update)));
  EXPECT_FALSE(allowed(touching("pg_toast.pg_toast_16384")));
  rules.push_back(on_table(rule("catalog"), "pg_catalog"));
  EXPECT_TRUE(allowed(touching("pg_authid")));
  EXPECT_FALSE(allowed(touching("pg_class", update)));
}

TEST_F(JudgeRelationsTest, ToastTablesAreNotOpenedByTheirTables) {
  catalog.child("pg_toast.pg_toast_16384", {orders});
  rules = {on_table(rule("orders"), "public", "orders")};
  EXPECT_FALSE(allowed(touching("pg_toast.pg_toast_16384")));
  rules = {on_table(rule("toast"), "pg_toast")};
  EXPECT_TRUE(allowed(touching("pg_toast.pg_toast_16384")));
  rules.push_back(on_table(rule("no", kBlock), "public", "orders"));
  EXPECT_FALSE(allowed(touching("pg_toast.pg_toast_16384")));
}

// Who has no rule for a child is not told of its parent's.
TEST_F(JudgeRelationsTest, AParentsBlockIsToldOnlyToThoseWhoCouldReadTheChild) {
  catalog.child("hr.part", {orders});
  rules = {on_table(rule("parent", kBlock), "public", "orders")};
  const Verdict without = judged(touching("hr.part"));
  EXPECT_EQ(without.rule, nullptr);
  EXPECT_EQ(without.error->detail, "No policy rule allows SELECT on hr.part.");
  rules.push_back(on_table(rule("hr"), "hr"));
  const Verdict with = judged(touching("hr.part"));
  ASSERT_NE(with.rule, nullptr);
  EXPECT_EQ(with.rule->id, "parent");
  EXPECT_EQ(with.error->detail, "Policy rule \"parent\" blocks what SELECT on hr.part leads to.");
}

TEST_F(JudgeRelationsTest, OfSeveralDenialsTheOneByARuleIsTold) {
  scope.search_path = {"public", "hr"};
  rules = {on_table(rule("no", kBlock), "hr")};
  const Verdict verdict = judged(touching("made_just_now"));
  ASSERT_NE(verdict.rule, nullptr);
  EXPECT_EQ(verdict.rule->id, "no");
}

TEST_F(JudgeRelationsTest, CatalogsOption) {
  options.catalogs = CatalogAccess::all;
  EXPECT_TRUE(allowed(touching("pg_authid")));
  EXPECT_FALSE(allowed(touching("pg_authid", update)));
  EXPECT_FALSE(allowed(touching("pg_toast.pg_toast_16384")));
  options.catalogs = CatalogAccess::none;
  EXPECT_FALSE(allowed(touching("pg_class")));
  rules = {rule("all")};
  EXPECT_TRUE(allowed(touching("pg_class")));
  EXPECT_FALSE(allowed(touching("pg_authid")));
  options.catalogs = CatalogAccess::safe;
  rules = {on_table(rule("no", kBlock), "pg_catalog", "pg_class")};
  EXPECT_FALSE(allowed(touching("pg_class")));
}

TEST_F(JudgeRelationsTest, StatementsOfAnExtensionNeedARuleThatNamesTheView) {
  catalog.relation("public.pg_stat_statements");
  rules = {on_table(rule("public"), "public")};
  EXPECT_FALSE(allowed(touching("pg_stat_statements")));
  rules.push_back(on_table(rule("named"), "public", "pg_stat_statements"));
  EXPECT_TRUE(allowed(touching("pg_stat_statements")));
}

TEST_F(JudgeRelationsTest, TruncateCascadeReachesReferringTables) {
  const Oid items = catalog.relation("hr.items");
  catalog.relation_row(orders).referenced_by = {items};
  catalog.relation_row(items).referenced_by = {salaries, items};
  Statement empty = touching("orders", truncate);
  rules = {on_table(rule("orders", kAllow, truncate), "public", "orders")};
  EXPECT_TRUE(allowed(empty));
  empty.cascades = true;
  EXPECT_FALSE(allowed(empty));
  rules.push_back(on_table(rule("items", kAllow, truncate), "hr", "items"));
  EXPECT_FALSE(allowed(empty));
  rules.back().tables = {"*"};
  EXPECT_TRUE(allowed(empty));
}

TEST_F(JudgeRelationsTest, DropCascadeNeedsTheSchema) {
  Statement drop = touching("orders", ddl);
  rules = {on_table(rule("orders", kAllow, ddl), "public", "orders")};
  EXPECT_TRUE(allowed(drop));
  drop.cascades = true;
  EXPECT_FALSE(allowed(drop));
  rules.front().tables = {"*"};
  EXPECT_TRUE(allowed(drop));
}

TEST_F(JudgeRelationsTest, ObserveModeLetsPassAndTells) {
  options.mode = PolicyMode::observe;
  const Verdict verdict = judged(touching("orders"));
  EXPECT_EQ(verdict.decision, Decision::observe);
  EXPECT_TRUE(verdict.may_run());
  EXPECT_TRUE(verdict.error.has_value());
}

TEST_F(JudgeRelationsTest, WithoutACatalogOnlyNamedRelationsPass) {
  rules = {on_table(rule("named"), "public", "orders"), rule("all")};
  const auto set = PolicySet::compile(rules, {.default_action = kAllow});
  const auto blind = [&](const Statement& statement) { return judge(statement, subject, scope, nullptr, *set); };
  EXPECT_TRUE(blind(touching("public.orders")).may_run());
  EXPECT_FALSE(blind(touching("orders")).may_run());
  EXPECT_FALSE(blind(touching("hr.salaries")).may_run());
  EXPECT_FALSE(blind(testing::calling("lower")).may_run());
  EXPECT_TRUE(blind(touching("orders")).catalog_miss);
  Statement nothing;
  nothing.type = select;
  EXPECT_TRUE(blind(nothing).may_run());
  Statement change;
  change.type = ddl;
  EXPECT_TRUE(blind(change).may_run());  // default = "allow", and nothing to resolve
}

}  // namespace
}  // namespace sqlproxy::pipeline
