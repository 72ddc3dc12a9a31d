#include "pipeline/explain.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/assumed_catalog.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/text_analyzer.hpp"

namespace sqlproxy::pipeline {
namespace {

// A text is analysed once: there is nothing to keep.
constexpr ParseCacheLimits kNoCache{.max_entries = 0, .max_bytes = 0, .max_key_bytes = 0};

constexpr const char* kOffline =
    "No database was asked: every table, view and function that the text names is taken to exist, as a plain table or "
    "function with nothing behind it; names without a schema are pg_catalog's if PostgreSQL 15 has them there, and "
    "else those of the first schema of the search_path; a column that is written without its table may be any table's.";
constexpr const char* kExecute =
    "EXECUTE is judged by the statement that the session has prepared under that name as well.";

Explanation unusable(const ExplainRequest& request, const Analysis& analysis, Explanation explanation) {
  ExplainedStatement statement;
  statement.normalized = analysis.normalized;
  statement.verdict = judge_unparsed(request.subject, request.scope, *request.policies);
  if (!statement.verdict.may_run()) statement.verdict.error = analysis.error;
  explanation.decision = statement.verdict.decision;
  explanation.error = analysis.error;
  explanation.statements.push_back(std::move(statement));
  return explanation;
}

// The whole message runs or nothing of it.
Decision combined(const std::vector<ExplainedStatement>& statements) {
  const auto has = [&](Decision decision) {
    return std::ranges::any_of(statements, [&](const auto& each) { return each.verdict.decision == decision; });
  };
  if (has(Decision::deny)) return Decision::deny;
  return has(Decision::observe) ? Decision::observe : Decision::allow;
}

}  // namespace

Explanation explain(const ExplainRequest& request) {
  Explanation explanation;
  explanation.policies = request.policies;
  explanation.live = request.catalog != nullptr;
  explanation.search_path = request.scope.search_path;
  TextAnalyzer analyzer(request.limits, kNoCache);
  const std::shared_ptr<const Analysis> analysis = analyzer.analyze(request.sql, request.limits.encoding).analysis;
  if (analysis->error) return unusable(request, *analysis, std::move(explanation));

  const std::shared_ptr<const Catalog> catalog =
      explanation.live ? request.catalog : assumed_catalog(*analysis, request.scope);
  if (!explanation.live) explanation.notes.emplace_back(kOffline);
  NameScope scope = request.scope;
  for (const Statement& statement : analysis->statements) {
    ExplainedStatement& explained = explanation.statements.emplace_back();
    explained.type = statement.type;
    explained.sub_type = statement.sub_type;
    explained.normalized = statement.normalized;
    JudgementTrace trace;
    explained.verdict = judge(statement, request.subject, scope, catalog.get(), *request.policies, &trace);
    explained.questions = std::move(trace.questions);
    apply_to_scope(statement, scope);
    const bool executes = statement.prepared.kind == PreparedAction::Kind::execute;
    if (executes && std::ranges::find(explanation.notes, kExecute) == explanation.notes.end()) {
      explanation.notes.emplace_back(kExecute);
    }
  }
  explanation.decision = combined(explanation.statements);
  return explanation;
}

}  // namespace sqlproxy::pipeline
