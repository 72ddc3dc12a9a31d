// Columns of any text that the guards let through: they are found without a fault, and what the audit is told of is
// what rules are asked about.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/analyzer.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/policy_set.hpp"
#include "pipeline/projection.hpp"
#include "pipeline/text_guard.hpp"

namespace sqlproxy::pipeline {
namespace {

void add_relation(CatalogRows& rows, std::string name, const std::vector<std::string>& columns) {
  CatalogRelation& relation = rows.relations.emplace_back();
  relation.oid = kFirstNormalOid + static_cast<Oid>(rows.relations.size());
  relation.schema = "public";
  relation.name = std::move(name);
  for (const std::string& column : columns) {
    relation.columns.push_back({column, static_cast<std::int16_t>(relation.columns.size() + 1), 25});
  }
}

std::shared_ptr<const Catalog> make_catalog() {
  CatalogRows rows;
  rows.database = "app";
  rows.server_version = 150000;
  rows.schemas = {{11, "pg_catalog"}, {2200, "public"}};
  add_relation(rows, "t", {"a", "b", "s"});
  add_relation(rows, "u", {"a", "c"});
  add_relation(rows, "x", {});
  return Catalog::build(std::move(rows), 1);
}

PolicyRule rule_on_t(PolicyAction action, std::vector<std::string> columns) {
  PolicyRule rule;
  rule.id = "t";
  rule.users = {"*"};
  rule.schema = "public";
  rule.tables = {"t"};
  rule.columns = std::move(columns);
  rule.statements = StatementType::select;
  rule.action = action;
  return rule;
}

void check(const Statement& statement) {
  static const std::shared_ptr<const Catalog> catalog = make_catalog();
  PolicyOptions options;
  options.default_action = PolicyAction::allow;
  static const auto open = PolicySet::compile({}, options);
  static const auto walled = PolicySet::compile({rule_on_t(PolicyAction::block, {"s"})}, options);
  const Subject subject{"ann", {}, ""};
  NameScope scope;
  scope.database = scope.server_database = "app";
  const Verdict all = judge(statement, subject, scope, catalog.get(), *open);
  const Verdict without = judge(statement, subject, scope, catalog.get(), *walled);
  (void)projections_of(statement, scope, catalog.get());
  // What is denied for another reason proves nothing.
  if (all.decision != Decision::allow) return;
  const bool reads = std::ranges::find(all.columns, "app.public.t.s") != all.columns.end();
  const bool copies = std::ranges::any_of(
      statement.objects, [](const ObjectRef& object) { return object.required.contains(StatementType::copy_to); });
  if (reads && !copies && without.decision == Decision::allow) std::abort();
}

}  // namespace
}  // namespace sqlproxy::pipeline

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sqlproxy::pipeline;
  constexpr std::size_t kMaxBytes = 4096;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  if (size > kMaxBytes || !check_text(sql, TextLimits{})) return 0;
  const Analysis analysis = analyze(sql);
  for (const Statement& statement : analysis.statements) check(statement);
  return 0;
}
