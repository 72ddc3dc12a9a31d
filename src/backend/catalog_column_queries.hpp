#pragma once

namespace sqlproxy::backend::catalog_queries {

// What load_catalog() asks about columns; as catalog_loader_queries.hpp.

extern const char* const kColumns;    // relation, number, name, type
extern const char* const kGenerated;  // relation, generated column's number, number of a column in its expression
extern const char* const
    kRuleColumns;  // relation, relation that its rules read, which columns as " 8 9 ...": numbers + 7
extern const char* const kViewColumns;  // view, number, relation and column that it shows

}  // namespace sqlproxy::backend::catalog_queries
