#pragma once

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/effect_flags.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::pipeline {

// Unites the effects of everything that a statement names: the relations with the code that hangs on them, functions,
// operators, types. Each name counts as all that it may stand for. Used once; keeps references to everything that it is
// given.
class NameEffects {
 public:
  NameEffects(const Statement& statement, const NameScope& scope, const Catalog& catalog);

  [[nodiscard]] EffectFlags read();

 private:
  [[nodiscard]] EffectFlags object(const ObjectRef& object) const;
  [[nodiscard]] EffectFlags created(const ObjectRef& object) const;
  [[nodiscard]] EffectFlags relation(const ObjectRef& object) const;
  [[nodiscard]] EffectFlags call(const FunctionRef& call) const;
  [[nodiscard]] EffectFlags attribute(const FunctionRef& call) const;
  [[nodiscard]] EffectFlags function(const CatalogFunction& function) const;
  [[nodiscard]] EffectFlags operator_of(const OperatorRef& op) const;
  [[nodiscard]] EffectFlags type(const QualifiedName& name) const;
  [[nodiscard]] EffectFlags type_candidate(const TypeCandidate& candidate, const QualifiedName& name) const;

  const Statement& statement_;
  const NameScope& scope_;
  const Catalog& catalog_;
  NameResolver resolver_;
  // The analysis tells what every set_config of the statement sets.
  bool settings_told_;
};

}  // namespace sqlproxy::pipeline
