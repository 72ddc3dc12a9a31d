#include "pipeline/sensitive_relations.hpp"

#include <algorithm>
#include <array>

#include "pipeline/catalog_objects.hpp"

namespace sqlproxy::pipeline {
namespace {

// Sorted, as all of them.
constexpr auto kInternalCatalog = std::to_array<std::string_view>({
    "pg_db_role_setting",  // settings that may hold secrets
    "pg_proc",             // what functions do
});

constexpr auto kSensitiveCatalog = std::to_array<std::string_view>({
    "pg_aios",                       // others' reads and writes
    "pg_authid",                     // password verifiers
    "pg_backend_memory_contexts",    // texts of others' statements
    "pg_config",                     // paths of the server
    "pg_cursors",                    // texts of statements, of earlier clients too
    "pg_file_settings",              // the configuration files
    "pg_hba_file_rules",             // who may log in, and LDAP passwords
    "pg_ident_file_mappings",        //
    "pg_largeobject",                // data
    "pg_prepared_statements",        // texts of statements, of earlier clients too
    "pg_prepared_xacts",             // others' transactions
    "pg_replication_origin_status",  //
    "pg_replication_slots",          //
    "pg_sequences",                  // last values: data of the tables that use them
    "pg_settings",                   // connection strings with passwords
    "pg_shadow",                     // password verifiers
    "pg_shmem_allocations",          //
    "pg_shmem_allocations_numa",     //
    "pg_stat_activity",              // others' statements
    "pg_stat_gssapi",                // others' sessions
    "pg_stat_replication",           //
    "pg_stat_ssl",                   // others' sessions
    "pg_stat_subscription",          //
    "pg_stat_wal_receiver",          // connection strings
    "pg_statistic",                  // most common values of columns
    "pg_statistic_ext_data",         //
    "pg_stats",                      //
    "pg_stats_ext",                  //
    "pg_stats_ext_exprs",            //
    "pg_subscription",               // connection strings
    "pg_user_mapping",               // passwords for foreign servers
    "pg_user_mappings",              //
});

constexpr auto kSensitiveInformationSchema = std::to_array<std::string_view>({
    "_pg_user_mappings",
    "user_mapping_options",
});

constexpr auto kSensitiveExtension = std::to_array<std::string_view>({
    "pg_stat_monitor",
    "pg_stat_statements",
});

static_assert(std::ranges::is_sorted(kInternalCatalog));
static_assert(std::ranges::is_sorted(kSensitiveCatalog));
static_assert(std::ranges::is_sorted(kSensitiveInformationSchema));
static_assert(std::ranges::is_sorted(kSensitiveExtension));

}  // namespace

RelationExposure relation_exposure(std::string_view schema, std::string_view name) {
  using enum RelationExposure;
  if (schema == kCatalogSchema) {
    if (std::ranges::binary_search(kInternalCatalog, name)) return internal_catalog;
    return std::ranges::binary_search(kSensitiveCatalog, name) ? sensitive_catalog : catalog;
  }
  if (schema == kInformationSchema) {
    if (name == "routines") return internal_catalog;  // what functions do
    return std::ranges::binary_search(kSensitiveInformationSchema, name) ? sensitive_catalog : catalog;
  }
  if (schema.starts_with("pg_toast") || schema.starts_with("pg_temp_")) return sensitive_storage;
  return std::ranges::binary_search(kSensitiveExtension, name) ? sensitive_extension : ordinary;
}

bool is_system_schema(std::string_view schema) {
  return schema == kCatalogSchema || schema == kInformationSchema;
}

}  // namespace sqlproxy::pipeline
