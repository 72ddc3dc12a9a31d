#include "pipeline/sensitive_columns.hpp"

#include <algorithm>
#include <array>

#include "pipeline/catalog_objects.hpp"

namespace sqlproxy::pipeline {
namespace {

template <std::size_t N>
constexpr auto names(const std::string_view (&list)[N]) {
  return std::to_array(list);
}

constexpr auto kRoleSettingSensitive = names({"setconfig"});
constexpr auto kRoleSettingHarmless = names({"setdatabase", "setrole"});

constexpr auto kFunctionSensitive = names({"prosqlbody", "prosrc"});
constexpr auto kFunctionHarmless = names(
    {"oid",        "proacl",       "proallargtypes",  "proargdefaults", "proargmodes", "proargnames", "proargtypes",
     "probin",     "proconfig",    "procost",         "proisstrict",    "prokind",     "prolang",     "proleakproof",
     "proname",    "pronamespace", "pronargdefaults", "pronargs",       "proowner",    "proparallel", "proretset",
     "prorettype", "prorows",      "prosecdef",       "prosupport",     "protrftypes", "provariadic", "provolatile"});

constexpr auto kSequenceSensitive = names({"last_value"});
constexpr auto kSequenceHarmless = names({"cache_size", "cycle", "data_type", "increment_by", "max_value", "min_value",
                                          "schemaname", "sequencename", "sequenceowner", "start_value"});

constexpr auto kSettingSensitive = names({"boot_val", "reset_val", "setting", "sourcefile", "sourceline"});
constexpr auto kSettingHarmless = names({"category", "context", "enumvals", "extra_desc", "max_val", "min_val", "name",
                                         "pending_restart", "short_desc", "source", "unit", "vartype"});

constexpr auto kGssapiSensitive = names({"principal"});
constexpr auto kGssapiHarmless = names({"credentials_delegated", "encrypted", "gss_authenticated", "pid"});
constexpr auto kSslSensitive = names({"client_dn", "client_serial", "issuer_dn"});
constexpr auto kSslHarmless = names({"bits", "cipher", "pid", "ssl", "version"});

constexpr auto kSubscriptionSensitive = names({"subconninfo"});
constexpr auto kSubscriptionHarmless =
    names({"oid", "subbinary", "subdbid", "subdisableonerr", "subenabled", "subfailover", "subname", "suborigin",
           "subowner", "subpasswordrequired", "subpublications", "subrunasowner", "subskiplsn", "subslotname",
           "substream", "subsynccommit", "subtwophasestate"});

constexpr auto kUserMappingSensitive = names({"umoptions"});
constexpr auto kUserMappingHarmless = names({"oid", "umserver", "umuser"});
constexpr auto kUserMappingsHarmless = names({"srvid", "srvname", "umid", "umuser", "usename"});

constexpr auto kRoutineSensitive = names({"routine_definition"});
constexpr auto kRoutineHarmless = names({"as_locator",
                                         "character_maximum_length",
                                         "character_octet_length",
                                         "character_set_catalog",
                                         "character_set_name",
                                         "character_set_schema",
                                         "collation_catalog",
                                         "collation_name",
                                         "collation_schema",
                                         "created",
                                         "data_type",
                                         "datetime_precision",
                                         "dtd_identifier",
                                         "external_language",
                                         "external_name",
                                         "interval_precision",
                                         "interval_type",
                                         "is_deterministic",
                                         "is_implicitly_invocable",
                                         "is_null_call",
                                         "is_udt_dependent",
                                         "is_user_defined_cast",
                                         "last_altered",
                                         "max_dynamic_result_sets",
                                         "maximum_cardinality",
                                         "module_catalog",
                                         "module_name",
                                         "module_schema",
                                         "new_savepoint_level",
                                         "numeric_precision",
                                         "numeric_precision_radix",
                                         "numeric_scale",
                                         "parameter_style",
                                         "result_cast_as_locator",
                                         "result_cast_char_max_length",
                                         "result_cast_char_octet_length",
                                         "result_cast_char_set_catalog",
                                         "result_cast_char_set_name",
                                         "result_cast_char_set_schema",
                                         "result_cast_collation_catalog",
                                         "result_cast_collation_name",
                                         "result_cast_collation_schema",
                                         "result_cast_datetime_precision",
                                         "result_cast_dtd_identifier",
                                         "result_cast_from_data_type",
                                         "result_cast_interval_precision",
                                         "result_cast_interval_type",
                                         "result_cast_maximum_cardinality",
                                         "result_cast_numeric_precision",
                                         "result_cast_numeric_precision_radix",
                                         "result_cast_numeric_scale",
                                         "result_cast_scope_catalog",
                                         "result_cast_scope_name",
                                         "result_cast_scope_schema",
                                         "result_cast_type_udt_catalog",
                                         "result_cast_type_udt_name",
                                         "result_cast_type_udt_schema",
                                         "routine_body",
                                         "routine_catalog",
                                         "routine_name",
                                         "routine_schema",
                                         "routine_type",
                                         "schema_level_routine",
                                         "scope_catalog",
                                         "scope_name",
                                         "scope_schema",
                                         "security_type",
                                         "specific_catalog",
                                         "specific_name",
                                         "specific_schema",
                                         "sql_data_access",
                                         "sql_path",
                                         "to_sql_specific_catalog",
                                         "to_sql_specific_name",
                                         "to_sql_specific_schema",
                                         "type_udt_catalog",
                                         "type_udt_name",
                                         "type_udt_schema",
                                         "udt_catalog",
                                         "udt_name",
                                         "udt_schema"});

constexpr auto kSystemColumns = names({"cmax", "cmin", "ctid", "tableoid", "xmax", "xmin"});

constexpr auto kRelations = std::to_array<SensitiveColumns>({
    {kCatalogSchema, "pg_db_role_setting", kRoleSettingSensitive, kRoleSettingHarmless},
    {kCatalogSchema, "pg_proc", kFunctionSensitive, kFunctionHarmless},
    {kCatalogSchema, "pg_sequences", kSequenceSensitive, kSequenceHarmless},
    {kCatalogSchema, "pg_settings", kSettingSensitive, kSettingHarmless},
    {kCatalogSchema, "pg_stat_gssapi", kGssapiSensitive, kGssapiHarmless},
    {kCatalogSchema, "pg_stat_ssl", kSslSensitive, kSslHarmless},
    {kCatalogSchema, "pg_subscription", kSubscriptionSensitive, kSubscriptionHarmless},
    {kCatalogSchema, "pg_user_mapping", kUserMappingSensitive, kUserMappingHarmless},
    {kCatalogSchema, "pg_user_mappings", kUserMappingSensitive, kUserMappingsHarmless},
    {kInformationSchema, "routines", kRoutineSensitive, kRoutineHarmless},
});

static_assert(std::ranges::is_sorted(kRelations, {}, &SensitiveColumns::relation));
static_assert(std::ranges::all_of(kRelations, [](const SensitiveColumns& columns) {
  return std::ranges::is_sorted(columns.sensitive) && std::ranges::is_sorted(columns.harmless);
}));

}  // namespace

bool SensitiveColumns::is_sensitive(std::string_view column) const {
  return std::ranges::binary_search(sensitive, column);
}

bool SensitiveColumns::is_harmless(std::string_view column) const {
  return std::ranges::binary_search(harmless, column) || std::ranges::binary_search(kSystemColumns, column);
}

const SensitiveColumns* sensitive_columns_of(std::string_view relation) {
  const auto* found = std::ranges::lower_bound(kRelations, relation, {}, &SensitiveColumns::relation);
  return found != kRelations.end() && found->relation == relation ? found : nullptr;
}

}  // namespace sqlproxy::pipeline
