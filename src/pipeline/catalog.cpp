#include "pipeline/catalog.hpp"

#include <functional>
#include <utility>

#include "pipeline/builtin_effects.hpp"
#include "pipeline/function_classes.hpp"
#include "pipeline/relation_effects.hpp"

namespace sqlproxy::pipeline {
namespace {

template <class T>
std::span<const T* const> entries_named(const std::unordered_map<std::string_view, std::vector<const T*>>& by_name,
                                        std::string_view name) {
  const auto found = by_name.find(name);
  return found != by_name.end() ? std::span<const T* const>(found->second) : std::span<const T* const>{};
}

template <class Map, class Key>
typename Map::mapped_type pointer_or_null(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found != map.end() ? found->second : nullptr;
}

}  // namespace

std::size_t Catalog::QualifiedHash::operator()(const QualifiedKey& key) const noexcept {
  constexpr std::size_t kOddMultiplier = 0x9E3779B97F4A7C15U;
  const std::hash<std::string_view> hash;
  return hash(key.schema) * kOddMultiplier + hash(key.name);
}

std::shared_ptr<const Catalog> Catalog::build(CatalogRows rows, std::uint64_t generation) {
  for (CatalogFunction& function : rows.functions) {
    function.function_class = classify_function(function);
    function.effects = function_effects(function);
  }
  find_relation_effects(rows);
  return std::shared_ptr<const Catalog>(new Catalog(std::move(rows), generation));
}

Catalog::Catalog(CatalogRows rows, std::uint64_t generation) : rows_(std::move(rows)), generation_(generation) {
  relations_.reserve(rows_.relations.size());
  relations_by_name_.reserve(rows_.relations.size());
  relations_by_oid_.reserve(rows_.relations.size());
  functions_by_name_.reserve(rows_.functions.size());
  functions_by_oid_.reserve(rows_.functions.size());
  for (const CatalogSchema& schema : rows_.schemas) schema_names_.insert(schema.name);
  for (const std::string& role : rows_.roles) role_names_.insert(role);
  for (const CatalogRelation& relation : rows_.relations) {
    relations_.emplace(QualifiedKey{relation.schema, relation.name}, &relation);
    relations_by_name_[relation.name].push_back(&relation);
    relations_by_oid_.emplace(relation.oid, &relation);
  }
  for (const CatalogFunction& function : rows_.functions) {
    functions_by_name_[function.name].push_back(&function);
    functions_by_oid_.emplace(function.oid, &function);
  }
  index_operators();
  for (const CatalogType& type : rows_.types) {
    types_.emplace(QualifiedKey{type.schema, type.name}, &type);
    types_by_oid_.emplace(type.oid, &type);
  }
  for (const CatalogCast& cast : rows_.casts) cast_functions_[cast.target].push_back(cast.function);
  for (const Oid type : rows_.coded_types) {
    coded_types_.insert(type);
    recodes_builtin_types_ |= type < kFirstNormalOid;
  }
}

void Catalog::index_operators() {
  for (const CatalogOperator& op : rows_.operators) {
    const CatalogFunction* runs = function(op.function);
    const bool builtin = op.schema == kCatalogSchema && runs != nullptr && runs->function_class == FunctionClass::safe;
    if (builtin)
      builtin_operators_.insert(op.name);
    else
      other_operators_[op.name].push_back(&op);
  }
}

const CatalogRelation* Catalog::relation(std::string_view schema, std::string_view name) const {
  return pointer_or_null(relations_, QualifiedKey{schema, name});
}

const CatalogRelation* Catalog::relation(Oid oid) const {
  return pointer_or_null(relations_by_oid_, oid);
}

std::span<const CatalogRelation* const> Catalog::relations_named(std::string_view name) const {
  return entries_named(relations_by_name_, name);
}

const CatalogFunction* Catalog::function(Oid oid) const {
  return pointer_or_null(functions_by_oid_, oid);
}

std::span<const CatalogFunction* const> Catalog::functions_named(std::string_view name) const {
  return entries_named(functions_by_name_, name);
}

std::span<const CatalogOperator* const> Catalog::other_operators_named(std::string_view name) const {
  return entries_named(other_operators_, name);
}

const CatalogType* Catalog::type(std::string_view schema, std::string_view name) const {
  return pointer_or_null(types_, QualifiedKey{schema, name});
}

const CatalogType* Catalog::type(Oid oid) const {
  return pointer_or_null(types_by_oid_, oid);
}

std::span<const Oid> Catalog::cast_functions(Oid target_type) const {
  const auto found = cast_functions_.find(target_type);
  return found != cast_functions_.end() ? std::span<const Oid>(found->second) : std::span<const Oid>{};
}

std::string_view Catalog::initial_search_path(std::string_view role) const {
  // utils/init/postinit.c, process_settings: the first of these that speaks of a setting wins.
  const auto rank = [&](const SearchPathSetting& setting) {
    if (setting.role.empty()) return setting.this_database ? 2 : 1;
    if (setting.role != role) return 0;
    return setting.this_database ? 4 : 3;
  };
  int best_rank = 0;
  std::string_view best = rows_.server_search_path;
  for (const SearchPathSetting& setting : rows_.search_paths) {
    if (rank(setting) <= best_rank) continue;
    best_rank = rank(setting);
    best = setting.value;
  }
  return best;
}

}  // namespace sqlproxy::pipeline
