// What `explain` says: verdicts with their derivation, with a catalog and without.

#include "pipeline/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::on_function;
using testing::on_table;
using testing::rule;

class ExplainTest : public testing::JudgeTest {
 protected:
  [[nodiscard]] Explanation explained(std::string_view sql, bool live = false) {
    ExplainRequest request;
    request.sql = sql;
    request.subject = subject;
    request.scope = scope;
    request.policies = PolicySet::compile(rules, options);
    if (live) request.catalog = catalog.build();
    return explain(request);
  }
};

// "noun written = resolved: TYPE allowed|denied by RULE SPECIFICITY" of each question.
std::vector<std::string> derivation(const ExplainedStatement& statement) {
  std::vector<std::string> lines;
  for (const AnsweredQuestion& question : statement.questions) {
    std::string line = question.noun + ' ' + question.written;
    for (const std::string& name : question.resolved) line += " = " + name;
    line += ": " + std::string(to_string(question.type)) + (question.allowed ? " allowed" : " denied");
    if (!question.rule.empty()) line += " by " + question.rule + ' ' + std::to_string(question.specificity);
    lines.push_back(line);
  }
  return lines;
}

TEST_F(ExplainTest, OfflineNamesAreTakenAsTheyStand) {
  rules = {on_table(rule("sales"), "public", "orders", "app")};
  const Explanation explanation = explained("SELECT lower(customer) FROM orders o, pg_class WHERE o.id = 7");
  EXPECT_EQ(explanation.decision, Decision::allow);
  EXPECT_FALSE(explanation.live);
  EXPECT_THAT(explanation.notes, ElementsAre(HasSubstr("No database was asked")));
  EXPECT_THAT(explanation.search_path, ElementsAre("$user", "public"));
  ASSERT_EQ(explanation.statements.size(), 1U);
  const ExplainedStatement& statement = explanation.statements.front();
  EXPECT_EQ(statement.type, StatementType::select);
  EXPECT_EQ(statement.normalized, "SELECT lower(customer) FROM orders o, pg_class WHERE o.id = $1");
  EXPECT_THAT(derivation(statement),
              ElementsAre("table orders = public.orders: SELECT allowed by sales 111",
                          "table pg_class = pg_catalog.pg_class: SELECT allowed",
                          "function lower = pg_catalog.lower: EXECUTE allowed", "operator =: EXECUTE allowed"));
}

TEST_F(ExplainTest, EveryQuestionIsAnsweredAlsoBehindADenial) {
  rules = {on_table(rule("no-hr", PolicyAction::block), "hr"), on_function("reports", "public", "report_*")};
  rules[0].reason = "private";
  const Explanation explanation = explained("SELECT report_all(), other(1), pg_read_file('x') FROM hr.salaries");
  EXPECT_EQ(explanation.decision, Decision::deny);
  const ExplainedStatement& statement = explanation.statements.front();
  EXPECT_THAT(derivation(statement),
              ElementsAre("table hr.salaries = hr.salaries: SELECT denied by no-hr 10",
                          "function report_all = public.report_all: EXECUTE allowed by reports 11",
                          "function other = public.other: EXECUTE denied",
                          "function pg_read_file = pg_catalog.pg_read_file: EXECUTE denied"));
  EXPECT_EQ(statement.questions[0].why, "rule \"no-hr\" blocks it: private");
  EXPECT_EQ(statement.questions[2].why, "no rule speaks of it, and the default blocks");
  EXPECT_EQ(statement.questions[3].why, "it needs a rule that names it or its schema");
  EXPECT_EQ(statement.verdict.rule->id, "no-hr");
  EXPECT_EQ(statement.verdict.error->message, "permission denied for table salaries");
}

TEST_F(ExplainTest, LaterStatementsSeeWhatEarlierOnesSet) {
  rules = {on_table(rule("all", PolicyAction::allow, statement_types_named("ALL")), "hr")};
  const Explanation explanation =
      explained("SET search_path = hr; SELECT 1 FROM holidays; CREATE TEMP TABLE x (id int); SELECT 1 FROM x");
  ASSERT_EQ(explanation.statements.size(), 4U);
  EXPECT_THAT(derivation(explanation.statements[0]), ElementsAre("setting search_path: SESSION allowed"));
  EXPECT_THAT(derivation(explanation.statements[1]),
              ElementsAre("table holidays = hr.holidays: SELECT allowed by all 10"));
  EXPECT_THAT(derivation(explanation.statements[3]), ElementsAre("table x = pg_temp.x: SELECT allowed"));
  // One statement that is denied takes the message with it.
  EXPECT_EQ(explanation.statements[2].verdict.decision, Decision::deny);
  EXPECT_EQ(explanation.decision, Decision::deny);
}

TEST_F(ExplainTest, LiveNamesAreThoseOfTheCatalog) {
  catalog.view("public.pay", {salaries});
  rules = {on_table(rule("public"), "public")};
  const Explanation explanation = explained("SELECT 1 FROM pay; SELECT 1 FROM orders; SELECT 1 FROM absent", true);
  EXPECT_TRUE(explanation.live);
  EXPECT_THAT(explanation.notes, IsEmpty());
  EXPECT_THAT(derivation(explanation.statements[0]), ElementsAre("table pay = public.pay: SELECT denied"));
  EXPECT_EQ(explanation.statements[0].questions[0].why, "no rule allows all that it leads to");
  EXPECT_EQ(explanation.statements[1].verdict.decision, Decision::allow);
  EXPECT_TRUE(explanation.statements[2].verdict.catalog_miss);
}

TEST_F(ExplainTest, WhatIsNotSqlHasTheServersError) {
  const Explanation explanation = explained("SELEC 1");
  ASSERT_TRUE(explanation.error);
  EXPECT_EQ(explanation.error->sqlstate.text(), "42601");
  EXPECT_EQ(explanation.error->position, 1);
  EXPECT_EQ(explanation.decision, Decision::deny);
  ASSERT_EQ(explanation.statements.size(), 1U);
  EXPECT_EQ(explanation.statements.front().type, StatementType::unparsed);
}

TEST_F(ExplainTest, ObserveModeRunsWhatIsDenied) {
  options.mode = PolicyMode::observe;
  const Explanation explanation = explained("SELECT 1 FROM hr.salaries; SELECT 1");
  EXPECT_EQ(explanation.decision, Decision::observe);
  EXPECT_EQ(explanation.statements[1].verdict.decision, Decision::allow);
  EXPECT_EQ(explained("SELEC 1").decision, Decision::deny);
}

TEST_F(ExplainTest, AnEmptyQueryIsAllowed) {
  EXPECT_EQ(explained(" ; ").decision, Decision::allow);
  EXPECT_THAT(explained("").statements, IsEmpty());
}

TEST_F(ExplainTest, ExecuteRestsOnWhatTheSessionHas) {
  EXPECT_THAT(explained("EXECUTE p; EXECUTE q", true).notes, ElementsAre(HasSubstr("EXECUTE is judged")));
}

}  // namespace
}  // namespace sqlproxy::pipeline
