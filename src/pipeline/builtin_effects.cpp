#include "pipeline/builtin_effects.hpp"

#include <algorithm>
#include <array>

namespace sqlproxy::pipeline {
namespace {

constexpr EffectFlags kDraws{.sequence_written = true};
constexpr EffectFlags kEnds{.ends_state = true};
// What stays until the server process ends: temporary replication slots, the session's replication origin, a backup
// that the session has to stop itself.
constexpr EffectFlags kLasts{.lasting = true};
constexpr EffectFlags kLoads{.library = true, .opaque = true};
constexpr EffectFlags kLocks{.advisory_lock = true};
constexpr EffectFlags kReads{.sequence_read = true};
constexpr EffectFlags kSeeds{.seed = true, .lasting = true};
constexpr EffectFlags kSets{.settings = true};
constexpr EffectFlags kUpgrades{.lasting = true, .opaque = true};

struct BuiltinEffects {
  std::string_view name;
  EffectFlags effects;
};

// Functions of pg_catalog that leave something behind, or run code that they are told of by name, text or OID (SQL
// text, a type whose domain has constraints, an index's expressions), whatever their volatility; sorted by name. All
// overloads of a name are meant. From a walk through pg_proc of PostgreSQL 15, and what releases 12 to 18 have besides.
constexpr auto kEffects = std::to_array<BuiltinEffects>({
    {"array_in", kOpaque},
    {"array_recv", kOpaque},
    {"binary_upgrade_add_sub_rel_state", kUpgrades},
    {"binary_upgrade_create_conflict_detection_slot", kUpgrades},
    {"binary_upgrade_create_empty_extension", kUpgrades},
    {"binary_upgrade_logical_slot_has_caught_up", kUpgrades},
    {"binary_upgrade_replorigin_advance", kUpgrades},
    {"binary_upgrade_set_missing_value", kUpgrades},
    {"binary_upgrade_set_next_array_pg_type_oid", kUpgrades},
    {"binary_upgrade_set_next_attribute_versions", kUpgrades},
    {"binary_upgrade_set_next_heap_pg_class_oid", kUpgrades},
    {"binary_upgrade_set_next_heap_relfilenode", kUpgrades},
    {"binary_upgrade_set_next_index_pg_class_oid", kUpgrades},
    {"binary_upgrade_set_next_index_relfilenode", kUpgrades},
    {"binary_upgrade_set_next_multirange_array_pg_type_oid", kUpgrades},
    {"binary_upgrade_set_next_multirange_pg_type_oid", kUpgrades},
    {"binary_upgrade_set_next_pg_authid_oid", kUpgrades},
    {"binary_upgrade_set_next_pg_enum_oid", kUpgrades},
    {"binary_upgrade_set_next_pg_tablespace_oid", kUpgrades},
    {"binary_upgrade_set_next_pg_type_oid", kUpgrades},
    {"binary_upgrade_set_next_toast_pg_class_oid", kUpgrades},
    {"binary_upgrade_set_next_toast_relfilenode", kUpgrades},
    {"binary_upgrade_set_record_init_privs", kUpgrades},
    {"brin_desummarize_range", kOpaque},
    {"brin_summarize_new_values", kOpaque},
    {"brin_summarize_range", kOpaque},
    {"currtid", kOpaque},
    {"currtid2", kOpaque},
    {"currval", kReads},
    {"cursor_to_xml", kOpaque},
    {"cursor_to_xmlschema", kOpaque},
    {"database_to_xml", kOpaque},
    {"database_to_xml_and_xmlschema", kOpaque},
    {"database_to_xmlschema", kOpaque},
    {"domain_in", kOpaque},
    {"domain_recv", kOpaque},
    {"fmgr_c_validator", kLoads},
    {"gin_clean_pending_list", kOpaque},
    {"lastval", kReads},
    {"multirange_in", kOpaque},
    {"multirange_recv", kOpaque},
    {"nextval", kDraws},
    {"pg_advisory_lock", kLocks},
    {"pg_advisory_lock_shared", kLocks},
    {"pg_advisory_unlock", kEnds},
    {"pg_advisory_unlock_all", kEnds},
    {"pg_advisory_unlock_shared", kEnds},
    {"pg_backup_start", kLasts},
    {"pg_backup_stop", kEnds},
    {"pg_copy_logical_replication_slot", kLasts},
    {"pg_copy_physical_replication_slot", kLasts},
    {"pg_create_logical_replication_slot", kLasts},
    {"pg_create_physical_replication_slot", kLasts},
    {"pg_drop_replication_slot", kEnds},
    {"pg_input_error_info", kOpaque},
    {"pg_input_is_valid", kOpaque},
    {"pg_replication_origin_session_reset", kEnds},
    {"pg_replication_origin_session_setup", kLasts},
    {"pg_replication_origin_xact_reset", kEnds},
    {"pg_replication_origin_xact_setup", kLasts},
    {"pg_start_backup", kLasts},
    {"pg_stop_backup", kEnds},
    {"pg_stop_making_pinned_objects", kOpaque},
    {"pg_try_advisory_lock", kLocks},
    {"pg_try_advisory_lock_shared", kLocks},
    {"plpgsql_call_handler", kOpaque},
    {"plpgsql_inline_handler", kOpaque},
    {"plpgsql_validator", kOpaque},
    {"query_to_xml", kOpaque},
    {"query_to_xml_and_xmlschema", kOpaque},
    {"query_to_xmlschema", kOpaque},
    {"range_in", kOpaque},
    {"range_recv", kOpaque},
    {"record_in", kOpaque},
    {"record_recv", kOpaque},
    {"schema_to_xml", kOpaque},
    {"schema_to_xml_and_xmlschema", kOpaque},
    {"schema_to_xmlschema", kOpaque},
    {"set_config", kSets},
    {"setseed", kSeeds},
    {"setval", kDraws},
    {"table_to_xml", kOpaque},
    {"table_to_xml_and_xmlschema", kOpaque},
    {"table_to_xmlschema", kOpaque},
    {"ts_rewrite", kOpaque},
    {"ts_stat", kOpaque},
});

// Volatile functions of pg_catalog that were read and found to leave nothing on the connection that they ran on: what
// they do ends with the transaction (large-object descriptors, snapshots, transaction-level locks), is done to the
// whole server, or is nothing at all. Functions that only other releases have are listed as well, some of them not
// volatile everywhere; sorted.
constexpr auto kClean = std::to_array<std::string_view>({
    "RI_FKey_cascade_del",
    "RI_FKey_cascade_upd",
    "RI_FKey_check_ins",
    "RI_FKey_check_upd",
    "RI_FKey_noaction_del",
    "RI_FKey_noaction_upd",
    "RI_FKey_restrict_del",
    "RI_FKey_restrict_upd",
    "RI_FKey_setdefault_del",
    "RI_FKey_setdefault_upd",
    "RI_FKey_setnull_del",
    "RI_FKey_setnull_upd",
    "amvalidate",
    "bernoulli",
    "brinhandler",
    "bthandler",
    "clock_timestamp",
    "current_query",
    "current_setting",
    "dsnowball_init",
    "dsnowball_lexize",
    "fmgr_internal_validator",
    "fmgr_sql_validator",
    "gen_random_uuid",
    "ginhandler",
    "gisthandler",
    "hashhandler",
    "heap_tableam_handler",
    "lo_close",
    "lo_creat",
    "lo_create",
    "lo_export",
    "lo_from_bytea",
    "lo_get",
    "lo_import",
    "lo_lseek",
    "lo_lseek64",
    "lo_open",
    "lo_put",
    "lo_tell",
    "lo_tell64",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "loread",
    "lowrite",
    "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared",
    "pg_blocking_pids",
    "pg_cancel_backend",
    "pg_clear_attribute_stats",
    "pg_clear_relation_stats",
    "pg_collation_actual_version",
    "pg_config",
    "pg_control_checkpoint",
    "pg_control_init",
    "pg_control_recovery",
    "pg_control_system",
    "pg_create_restore_point",
    "pg_current_logfile",
    "pg_current_wal_flush_lsn",
    "pg_current_wal_insert_lsn",
    "pg_current_wal_lsn",
    "pg_cursor",
    "pg_database_collation_actual_version",
    "pg_database_size",
    "pg_export_snapshot",
    "pg_extension_config_dump",
    "pg_file_length",
    "pg_file_read",
    "pg_file_rename",
    "pg_file_sync",
    "pg_file_unlink",
    "pg_file_write",
    "pg_get_aios",
    "pg_get_backend_memory_contexts",
    "pg_get_function_sqlbody",
    "pg_get_functiondef",
    "pg_get_multixact_members",
    "pg_get_process_memory_contexts",
    "pg_get_replication_slots",
    "pg_get_sequence_data",
    "pg_get_shmem_allocations",
    "pg_get_shmem_allocations_numa",
    "pg_get_wal_replay_pause_state",
    "pg_get_wal_resource_managers",
    "pg_get_wal_summarizer_state",
    "pg_hba_file_rules",
    "pg_ident_file_mappings",
    "pg_import_system_collations",
    "pg_indexes_size",
    "pg_is_in_backup",
    "pg_is_in_recovery",
    "pg_is_wal_replay_paused",
    "pg_isolation_test_session_is_blocked",
    "pg_jit_available",
    "pg_last_committed_xact",
    "pg_last_wal_receive_lsn",
    "pg_last_wal_replay_lsn",
    "pg_last_xact_replay_timestamp",
    "pg_lock_status",
    "pg_log_backend_memory_contexts",
    "pg_log_standby_snapshot",
    "pg_logdir_ls",
    "pg_logfile_rotate",
    "pg_logical_emit_message",
    "pg_logical_slot_get_binary_changes",
    "pg_logical_slot_get_changes",
    "pg_logical_slot_peek_binary_changes",
    "pg_logical_slot_peek_changes",
    "pg_ls_archive_statusdir",
    "pg_ls_dir",
    "pg_ls_logdir",
    "pg_ls_logicalmapdir",
    "pg_ls_logicalsnapdir",
    "pg_ls_replslotdir",
    "pg_ls_summariesdir",
    "pg_ls_tmpdir",
    "pg_ls_waldir",
    "pg_mcv_list_items",
    "pg_nextoid",
    "pg_notification_queue_usage",
    "pg_notify",
    "pg_partition_ancestors",
    "pg_partition_tree",
    "pg_prepared_statement",
    "pg_prepared_xact",
    "pg_promote",
    "pg_read_binary_file",
    "pg_read_binary_file_all",
    "pg_read_file",
    "pg_read_file_all",
    "pg_read_file_off_len",
    "pg_read_file_old",
    "pg_relation_size",
    "pg_reload_conf",
    "pg_replication_origin_advance",
    "pg_replication_origin_create",
    "pg_replication_origin_drop",
    "pg_replication_origin_progress",
    "pg_replication_origin_session_is_setup",
    "pg_replication_origin_session_progress",
    "pg_replication_slot_advance",
    "pg_restore_attribute_stats",
    "pg_restore_relation_stats",
    "pg_rotate_logfile",
    "pg_rotate_logfile_old",
    "pg_safe_snapshot_blocking_pids",
    "pg_sequence_last_value",
    "pg_show_all_file_settings",
    "pg_show_all_settings",
    "pg_show_replication_origin_status",
    "pg_sleep",
    "pg_sleep_for",
    "pg_sleep_until",
    "pg_stat_clear_snapshot",
    "pg_stat_file",
    "pg_stat_force_next_flush",
    "pg_stat_get_activity",
    "pg_stat_get_backend_activity",
    "pg_stat_get_backend_activity_start",
    "pg_stat_get_backend_client_addr",
    "pg_stat_get_backend_client_port",
    "pg_stat_get_backend_dbid",
    "pg_stat_get_backend_start",
    "pg_stat_get_backend_subxact",
    "pg_stat_get_backend_userid",
    "pg_stat_get_backend_wait_event",
    "pg_stat_get_backend_wait_event_type",
    "pg_stat_get_backend_xact_start",
    "pg_stat_get_io",
    "pg_stat_get_recovery_prefetch",
    "pg_stat_get_subscription",
    "pg_stat_get_wal_receiver",
    "pg_stat_get_wal_senders",
    "pg_stat_get_xact_blocks_fetched",
    "pg_stat_get_xact_blocks_hit",
    "pg_stat_get_xact_function_calls",
    "pg_stat_get_xact_function_self_time",
    "pg_stat_get_xact_function_total_time",
    "pg_stat_get_xact_numscans",
    "pg_stat_get_xact_tuples_deleted",
    "pg_stat_get_xact_tuples_fetched",
    "pg_stat_get_xact_tuples_hot_updated",
    "pg_stat_get_xact_tuples_inserted",
    "pg_stat_get_xact_tuples_newpage_updated",
    "pg_stat_get_xact_tuples_returned",
    "pg_stat_get_xact_tuples_updated",
    "pg_stat_have_stats",
    "pg_stat_reset",
    "pg_stat_reset_backend_stats",
    "pg_stat_reset_replication_slot",
    "pg_stat_reset_shared",
    "pg_stat_reset_single_function_counters",
    "pg_stat_reset_single_table_counters",
    "pg_stat_reset_slru",
    "pg_stat_reset_subscription_stats",
    "pg_switch_wal",
    "pg_switch_xlog",
    "pg_sync_replication_slots",
    "pg_table_size",
    "pg_tablespace_size",
    "pg_terminate_backend",
    "pg_total_relation_size",
    "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared",
    "pg_wal_replay_pause",
    "pg_wal_replay_resume",
    "pg_xact_commit_timestamp",
    "pg_xact_commit_timestamp_origin",
    "pg_xact_status",
    "random",
    "random_normal",
    "spghandler",
    "suppress_redundant_updates_trigger",
    "system",
    "timeofday",
    "tsvector_update_trigger",
    "tsvector_update_trigger_column",
    "txid_status",
    "unique_key_recheck",
    "uuidv4",
    "uuidv7",
});

static_assert(std::ranges::is_sorted(kEffects, {}, &BuiltinEffects::name));
static_assert(std::ranges::is_sorted(kClean));

const BuiltinEffects* find_effects(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kEffects, name, {}, &BuiltinEffects::name);
  return found != kEffects.end() && found->name == name ? found : nullptr;
}

EffectFlags builtin_effects(const CatalogFunction& function) {
  // Altered since initdb.
  if (function.security_definer) return kOpaque;
  if (const BuiltinEffects* listed = find_effects(function.name)) {
    // ts_rewrite(tsquery, tsquery, tsquery) computes; ts_rewrite(tsquery, text) runs its second argument.
    const bool computes = function.name == "ts_rewrite" && function.volatility == Volatility::immutable;
    return computes ? EffectFlags{} : listed->effects;
  }
  const bool reviewed = function.volatility != Volatility::volatile_ || is_reviewed_builtin(function.name);
  return reviewed ? EffectFlags{} : kOpaque;
}

// The definition is repeated in SQL, for what the server is asked about (backend/catalog_effect_queries.cpp).
bool computes(const CatalogFunction& function) {
  const bool compiled = function.language == "c" || function.language == "internal";
  // An aggregate is "internal" whatever its transition function is.
  return function.from_extension && compiled && function.kind == 'f' && function.volatility == Volatility::immutable &&
         !function.security_definer;
}

}  // namespace

EffectFlags function_effects(const CatalogFunction& function) {
  if (function.oid < kFirstNormalOid) {
    if (function.schema == kCatalogSchema) return builtin_effects(function);
    // The schema's own functions are SQL and PL/pgSQL helpers that touch nothing.
    if (function.schema == kInformationSchema && !function.security_definer) return {};
  }
  if (computes(function)) return {};
  // Named connections to other servers, which nothing shows and nothing closes.
  const bool connects = function.name == "dblink_connect" || function.name == "dblink_connect_u";
  return connects ? EffectFlags{.lasting = true, .opaque = true} : kOpaque;
}

bool is_reviewed_builtin(std::string_view name) {
  return find_effects(name) != nullptr || std::ranges::binary_search(kClean, name);
}

}  // namespace sqlproxy::pipeline
