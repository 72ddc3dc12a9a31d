#pragma once

#include <string>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/effect_flags.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::pipeline {

// What one statement, or several, may leave behind on the server connection that ran them.
struct SessionEffects : EffectFlags {
  // Settings with a dot in their name that SET, RESET or set_config name, in lower case, without repetitions. The
  // server's pg_settings does not list them: who wants to know their values asks for each by its name.
  std::vector<std::string> custom_settings;

  SessionEffects() = default;
  explicit SessionEffects(EffectFlags flags) : EffectFlags(flags) {}

  // Without the names.
  [[nodiscard]] const EffectFlags& flags() const { return *this; }

  void unite(const SessionEffects& other);

  friend bool operator==(const SessionEffects&, const SessionEffects&) = default;
};

[[nodiscard]] SessionEffects unite(SessionEffects a, const SessionEffects& b);

// Resolves every name of the statement as the judge does, and unites what all that it may stand for may do. What does
// not resolve is opaque. Nested statements count as the analysis has them, in one; those of PREPARE do not, since they
// run at EXECUTE: see executed_effects. What EXECUTE runs is the caller's to add (Statement::prepared).
//
// FETCH has no effects of its own: they are those of DECLARE, in the same transaction. So have COMMIT, with the
// deferred triggers, and SET CONSTRAINTS.
//
// `catalog` null: every statement that names something is opaque. Thread-safe; throws nothing of its own.
[[nodiscard]] SessionEffects session_effects(const Statement& statement, const NameScope& scope,
                                             const Catalog* catalog);

// Of a PREPARE: what each EXECUTE of it may do.
[[nodiscard]] SessionEffects executed_effects(const Statement& prepare, const NameScope& scope, const Catalog* catalog);

// Of a FunctionCall message, which names its function by OID.
[[nodiscard]] SessionEffects function_call_effects(Oid function, const Catalog* catalog);

}  // namespace sqlproxy::pipeline
