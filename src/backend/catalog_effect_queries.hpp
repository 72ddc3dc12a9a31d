#pragma once

namespace sqlproxy::backend::catalog_queries {

// What load_catalog() asks about the code that the server runs by itself: see catalog_loader_queries.hpp, whose rules
// hold here too.

// 't' type or 'r' relation, its oid, also when a relation is only read.
//
// The types and relations that user code hangs on. User code is every function made after initdb but those that
// pipeline/builtin_effects.cpp counts as computing. What user-made objects use is all in pg_depend. Temporary relations
// are among the answers.
extern const char* const kUserCode;

// relation, also when it is only read, function.
//
// The functions of pg_catalog that defaults, constraints, policies and triggers' conditions call, but for immutable
// ones, from the stored trees: pg_depend does not have them.
extern const char* const kBuiltinCode;

extern const char* const kPolicyReads;    // relation, relation that a policy of it reads
extern const char* const kEventTriggers;  // true when there are any

}  // namespace sqlproxy::backend::catalog_queries
