#pragma once

namespace sqlproxy::backend::catalog_queries {

// What load_catalog() asks. Every name carries its schema, operators too, although search_path is empty by then.
// Columns are read by position (catalog_loader.cpp). Temporary schemas are left out: they belong to sessions. For
// PostgreSQL 12 and later.

extern const char* const kEmptySearchPath;
extern const char* const kNoJit;
extern const char* const kBegin;
extern const char* const kCommit;

extern const char* const kDatabase;          // name
extern const char* const kSchemas;           // oid, name
extern const char* const kRelations;         // oid, schema, name, kind, owner, has rules, row security
extern const char* const kRuleUses;          // relation, 'r' relation or 'f' function, used oid
extern const char* const kParents;           // child, parent
extern const char* const kForeignKeys;       // referenced, referring
extern const char* const kFunctions;         // oid, schema, name, arguments, defaults, variadic, volatility,
                                             // leakproof, security definer, kind, language, owner, from extension
extern const char* const kOperators;         // schema, name, function
extern const char* const kTypes;             // oid, schema, name, base type
extern const char* const kTypeFunctions;     // type, function
extern const char* const kCasts;             // source, target, function
extern const char* const kSearchPaths;       // role or '', this database, value
extern const char* const kServerSearchPath;  // value
extern const char* const kRoles;             // name

}  // namespace sqlproxy::backend::catalog_queries
