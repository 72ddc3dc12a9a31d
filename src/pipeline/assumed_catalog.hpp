#pragma once

#include <memory>

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::pipeline {

// A catalog made of a text alone, for those who want to know what the policy would say without a server at hand.
//
// What the text names exists, and is as plain as can be: relations are tables that no view, parent or trigger hangs on;
// functions that pg_catalog of PostgreSQL 15 has are those, and others are users'; types, operators and casts lead to
// nothing. A name without a schema is pg_catalog's if that has it, and else of the first schema of `scope`'s
// search_path that is not "$user".
//
// For explanations only: a client's statements are judged by what there is.
[[nodiscard]] std::shared_ptr<const Catalog> assumed_catalog(const Analysis& analysis, const NameScope& scope);

// How `scope` changes when `statement` succeeds, as far as its own words tell: search_path, temporary
// relations, and what its DDL takes away.
void apply_to_scope(const Statement& statement, NameScope& scope);

}  // namespace sqlproxy::pipeline
