#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pipeline/catalog_objects.hpp"

namespace sqlproxy::pipeline {

// What one database contained at one moment. Immutable; shared by all threads as shared_ptr<const Catalog> and
// replaced as a whole. Lookups neither allocate nor lock. Spans and pointers live as long as the catalog.
//
// The loader fills it from a server (backend/catalog_loader.hpp); tests make one by hand from rows.
class Catalog {
 public:
  // `generation` orders the snapshots of one database.
  [[nodiscard]] static std::shared_ptr<const Catalog> build(CatalogRows rows, std::uint64_t generation);

  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  [[nodiscard]] const std::string& database() const { return rows_.database; }
  [[nodiscard]] int server_version() const { return rows_.server_version; }
  [[nodiscard]] std::span<const CatalogSchema> schemas() const { return rows_.schemas; }
  [[nodiscard]] std::span<const CatalogRelation> relations() const { return rows_.relations; }
  [[nodiscard]] std::span<const CatalogFunction> functions() const { return rows_.functions; }

  [[nodiscard]] bool has_schema(std::string_view name) const { return schema_names_.contains(name); }
  [[nodiscard]] bool has_role(std::string_view name) const { return role_names_.contains(name); }

  [[nodiscard]] const CatalogRelation* relation(std::string_view schema, std::string_view name) const;
  [[nodiscard]] const CatalogRelation* relation(Oid oid) const;
  // Every relation of that name, in any schema.
  [[nodiscard]] std::span<const CatalogRelation* const> relations_named(std::string_view name) const;

  [[nodiscard]] const CatalogFunction* function(Oid oid) const;
  // Every function of that name, in any schema, with all overloads.
  [[nodiscard]] std::span<const CatalogFunction* const> functions_named(std::string_view name) const;
  // Operators come in two kinds: those of pg_catalog that run a safe function, of which there are dozens to a name and
  // only the name matters, and all others.
  [[nodiscard]] bool has_builtin_operator(std::string_view name) const { return builtin_operators_.contains(name); }
  [[nodiscard]] std::span<const CatalogOperator* const> other_operators_named(std::string_view name) const;

  // Types that are neither a relation's row type nor an array.
  [[nodiscard]] const CatalogType* type(std::string_view schema, std::string_view name) const;
  [[nodiscard]] const CatalogType* type(Oid oid) const;
  // Functions outside pg_catalog that a cast to the type may run.
  [[nodiscard]] std::span<const Oid> cast_functions(Oid target_type) const;

  // Whether user code may run where a value of the type is made or converted.
  [[nodiscard]] bool runs_code(Oid type) const { return coded_types_.contains(type); }
  // Such code is attached to types of pg_catalog (CREATE CAST between them): any expression may run it.
  [[nodiscard]] bool recodes_builtin_types() const { return recodes_builtin_types_; }
  [[nodiscard]] bool has_event_triggers() const { return rows_.has_event_triggers; }

  // The search_path that a new session of `role` starts with, as stored. The order is PostgreSQL's: role in database,
  // role, database, the server's configuration. Empty when the loader could not tell.
  [[nodiscard]] std::string_view initial_search_path(std::string_view role) const;

 private:
  // Keys are views of names in `rows_`, which never changes once built.
  struct QualifiedKey {
    std::string_view schema;
    std::string_view name;
    friend bool operator==(const QualifiedKey&, const QualifiedKey&) = default;
  };
  struct QualifiedHash {
    std::size_t operator()(const QualifiedKey& key) const noexcept;
  };
  template <class T>
  using ByQualifiedName = std::unordered_map<QualifiedKey, const T*, QualifiedHash>;
  template <class T>
  using ByName = std::unordered_map<std::string_view, std::vector<const T*>>;
  template <class T>
  using ByOid = std::unordered_map<Oid, const T*>;

  Catalog(CatalogRows rows, std::uint64_t generation);
  void index_operators();

  CatalogRows rows_;
  std::uint64_t generation_;
  std::unordered_set<std::string_view> schema_names_;
  std::unordered_set<std::string_view> role_names_;
  ByQualifiedName<CatalogRelation> relations_;
  ByName<CatalogRelation> relations_by_name_;
  ByOid<CatalogRelation> relations_by_oid_;
  ByName<CatalogFunction> functions_by_name_;
  ByOid<CatalogFunction> functions_by_oid_;
  std::unordered_set<std::string_view> builtin_operators_;
  ByName<CatalogOperator> other_operators_;
  ByQualifiedName<CatalogType> types_;
  ByOid<CatalogType> types_by_oid_;
  std::unordered_map<Oid, std::vector<Oid>> cast_functions_;
  std::unordered_set<Oid> coded_types_;
  bool recodes_builtin_types_ = false;
};

}  // namespace sqlproxy::pipeline
