#pragma once

#include <cstdint>
#include <string_view>

namespace sqlproxy::pipeline {

// How far a relation is open to those who have no rule for it.
enum class RelationExposure : std::uint8_t {
  ordinary,  // a user's relation: rules decide
  // Of pg_catalog or information_schema and without secrets: may be read as `catalogs` says.
  catalog,
  // Of pg_catalog or information_schema, and shows every role of the server what is not for every client: bodies of
  // functions, settings of roles. Only rules that name the schema allow it, or a default of `allow`.
  internal_catalog,
  // Of pg_catalog or information_schema, and holds data of tables, secrets, or what others do: only rules that name
  // the schema allow it.
  sensitive_catalog,
  // Rows of others that live outside their tables (TOAST tables, others' temporary tables): the same, and
  // `catalogs` = all does not open it.
  sensitive_storage,
  // Installed by an extension into any schema (pg_stat_statements): only rules that name the relation allow it.
  sensitive_extension,
};

// By name alone: the relation need not exist. The lists are those of threats.md, point 5, for PostgreSQL 12 to 18.
[[nodiscard]] RelationExposure relation_exposure(std::string_view schema, std::string_view name);

// True for pg_catalog and information_schema.
[[nodiscard]] bool is_system_schema(std::string_view schema);

}  // namespace sqlproxy::pipeline
