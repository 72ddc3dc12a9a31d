#include "admin/explanation_json.hpp"

#include <nlohmann/json.hpp>

namespace sqlproxy::admin {
namespace {

using Json = nlohmann::ordered_json;

const char* decision_name(pipeline::Decision decision) {
  switch (decision) {
    case pipeline::Decision::allow: return "allow";
    case pipeline::Decision::deny: return "deny";
    case pipeline::Decision::observe: return "observe";
  }
  return "deny";
}

const char* usage_name(pipeline::Usage usage) {
  switch (usage) {
    case pipeline::Usage::read: return "read";
    case pipeline::Usage::write: return "write";
    case pipeline::Usage::read_write: return "both";
  }
  return "both";
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json error_json(const std::optional<core::Error>& error) {
  if (!error) return nullptr;
  return {{"sqlstate", error->sqlstate.text()},
          {"message", error->message},
          {"detail", text_or_null(error->detail)},
          {"hint", text_or_null(error->hint)},
          {"position", error->position == 0 ? Json(nullptr) : Json(error->position)}};
}

Json check_json(const pipeline::AnsweredQuestion& question) {
  const bool by_rule = !question.rule.empty();
  return {{"object", question.noun},
          {"name", question.written},
          {"resolved", question.resolved},
          {"requires", pipeline::to_string(question.type)},
          {"decision", question.allowed ? "allow" : "deny"},
          {"matched_rule", text_or_null(question.rule)},
          {"specificity", by_rule ? Json(question.specificity) : Json(nullptr)},
          {"why", question.why}};
}

Json statement_json(const pipeline::ExplainedStatement& statement) {
  const pipeline::Verdict& verdict = statement.verdict;
  Json tables = Json::array();
  for (const pipeline::TouchedRelation& relation : verdict.relations) {
    tables.push_back({{"database", relation.database},
                      {"schema", text_or_null(relation.schema)},
                      {"table", relation.name},
                      {"usage", usage_name(relation.usage)}});
  }
  Json checks = Json::array();
  for (const pipeline::AnsweredQuestion& question : statement.questions) checks.push_back(check_json(question));
  return {{"sql", statement.normalized},
          {"statement_type", pipeline::to_string(statement.type)},
          {"sub_type", text_or_null(statement.sub_type)},
          {"tables", std::move(tables)},
          {"columns", verdict.columns},
          {"columns_written", verdict.columns_written},
          {"columns_filtered", verdict.columns_filtered},
          {"functions", verdict.functions},
          {"decision", decision_name(verdict.decision)},
          {"matched_rule", verdict.rule != nullptr ? Json(verdict.rule->id) : Json(nullptr)},
          {"specificity", verdict.rule != nullptr ? Json(verdict.specificity) : Json(nullptr)},
          {"reason", verdict.reason},
          {"checks", std::move(checks)},
          {"error", error_json(verdict.error)}};
}

}  // namespace

std::string explanation_json(const pipeline::Explanation& explanation, const pipeline::Subject& subject,
                             const std::string& database) {
  Json statements = Json::array();
  for (const pipeline::ExplainedStatement& statement : explanation.statements) {
    statements.push_back(statement_json(statement));
  }
  const Json whole = {{"user", subject.user},
                      {"roles", subject.roles},
                      {"database", database},
                      {"policy_version", explanation.policies->version()},
                      {"names", explanation.live ? "live" : "offline"},
                      {"search_path", explanation.search_path},
                      {"decision", decision_name(explanation.decision)},
                      {"error", error_json(explanation.error)},
                      {"statements", std::move(statements)},
                      {"notes", explanation.notes}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sqlproxy::admin
