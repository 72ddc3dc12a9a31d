#pragma once

#include <cstddef>

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/judge_arbiter.hpp"
#include "pipeline/judge_messages.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/name_scope.hpp"
#include "pipeline/statement_columns.hpp"
#include "pipeline/verdict_builder.hpp"

namespace sqlproxy::pipeline {

// Takes one statement apart into questions, has each answered by the arbiter, and tells the builder. Used once; keeps
// references to everything that it is given.
class StatementJudge {
 public:
  StatementJudge(const Statement& statement, const NameScope& scope, const Catalog& catalog, const Arbiter& arbiter,
                 VerdictBuilder& verdict);

  void judge();

 private:
  void judge_object(std::size_t index);
  void judge_relation(std::size_t index);
  void judge_columns(std::size_t index, StatementType type);
  void trace_columns(const ObjectRef& object, const NameCandidate& candidate, StatementType type,
                     const ColumnExtent& extent);
  void judge_any_of(const ObjectRef& object, const std::vector<NameCandidate>& candidates);
  void judge_cascade(const ObjectRef& object, const NameCandidate& candidate);
  void judge_dependents(const ObjectRef& object, std::string_view schema);
  void judge_function_object(const ObjectRef& object);
  void judge_in_schema(const ObjectRef& object);

  void judge_call(const FunctionRef& call);
  void judge_attribute(const FunctionRef& call);
  void judge_unknown_call(const FunctionRef& call, const std::vector<std::string_view>& schemas);
  [[nodiscard]] Ruling rule_on_call(const FunctionRef& call, const CatalogFunction& function) const;

  void judge_operator(const OperatorRef& op);
  void judge_type(const QualifiedName& name);
  [[nodiscard]] Ruling rule_on_type(const TypeCandidate& type) const;
  // Something that may have been made a moment ago: only who may make it may use it.
  [[nodiscard]] Ruling rule_on_unknown(const QualifiedName& name) const;

  void settle(const AskedObject& asked, const Ruling& ruling);
  [[nodiscard]] bool refuse_foreign_database(const QualifiedName& name);

  const Statement& statement_;
  const NameScope& scope_;
  const Catalog& catalog_;
  const Arbiter& arbiter_;
  VerdictBuilder& verdict_;
  NameResolver resolver_;
  StatementColumns columns_;
};

}  // namespace sqlproxy::pipeline
