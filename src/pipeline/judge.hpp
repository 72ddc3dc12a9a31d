#pragma once

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/judgement_trace.hpp"
#include "pipeline/name_scope.hpp"
#include "pipeline/policy_set.hpp"
#include "pipeline/subject.hpp"
#include "pipeline/verdict.hpp"

namespace sqlproxy::pipeline {

// Judges one statement: resolves every name in it as PostgreSQL would in `scope`, asks `policies` about each object,
// and allows the statement only when every one is allowed (contract, section 2 "How a verdict is reached").
//
// Transaction control is always allowed. SQL-level EXECUTE is judged by the statement that was prepared, which the
// caller keeps and judges again. Thread-safe; throws nothing of its own.
//
// `catalog` null: the snapshot has not been loaded. Only what needs no name to be resolved is then allowed. `trace`, if
// given, gets the questions that led to the verdict.
[[nodiscard]] Verdict judge(const Statement& statement, const Subject& subject, const NameScope& scope,
                            const Catalog* catalog, const PolicySet& policies, JudgementTrace* trace = nullptr);

// Judges a FunctionCall message, which names its function by OID.
[[nodiscard]] Verdict judge_function_call(Oid function_oid, const Subject& subject, const NameScope& scope,
                                          const Catalog* catalog, const PolicySet& policies);

// Judges a text that cannot be read as SQL, as one statement of the type UNPARSED. It may do anything, so that it is
// allowed only where nothing is forbidden: default = "allow", unparsed = "allow", and no rule that blocks anything at
// all speaks of this user or one of its roles (or of everyone) in this database, whatever its schema, table, columns,
// function or statements. Rules that allow play no part. What is blocked without a rule (sensitive catalog relations,
// dangerous functions, guarded settings) is within the text's reach. Observe mode changes nothing here.
//
// The error of a denial says that the text is not understood; a caller that knows better (PostgreSQL's own syntax
// error) puts that in its place.
[[nodiscard]] Verdict judge_unparsed(const Subject& subject, const NameScope& scope, const PolicySet& policies);

}  // namespace sqlproxy::pipeline
