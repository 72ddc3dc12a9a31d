// The columns of the console's tables. The list of each table is public: docs/console.md.
#include <array>

#include "admin/console_tables.hpp"

namespace sqlproxy::admin {
namespace {

constexpr ColumnType kText = ColumnType::text;
constexpr ColumnType kInt4 = ColumnType::int4;
constexpr ColumnType kInt8 = ColumnType::int8;
constexpr ColumnType kNumeric = ColumnType::numeric;

constexpr TableColumn kSockets[] = {
    {"type", kText},
    {"user", kText},
    {"database", kText},
    {"state", kText},
    {"addr", kText},
    {"port", kInt4},
    {"local_addr", kText},
    {"local_port", kInt4},
    {"connect_time", kText},
    {"request_time", kText},
    {"wait", kInt4},
    {"wait_us", kInt4},
    {"close_needed", kInt4},
    {"ptr", kText},
    {"link", kText},
    {"remote_pid", kInt4},
    {"tls", kText},
    {"application_name", kText},
    // Of later versions.
    {"replication", kText},
    {"prepared_statements", kInt4},
    {"id", kInt8},
    // Ours.
    {"tenant", kText},
    {"pinned", kText},
};

constexpr TableColumn kDatabases[] = {
    {"name", kText},
    {"host", kText},
    {"port", kInt4},
    {"database", kText},
    {"force_user", kText},
    {"pool_size", kInt4},
    {"min_pool_size", kInt4},
    {"reserve_pool", kInt4},
    {"pool_mode", kText},
    {"max_connections", kInt4},
    {"current_connections", kInt4},
    {"paused", kInt4},
    {"disabled", kInt4},
    // Of later versions.
    {"server_lifetime", kInt4},
    {"load_balance_hosts", kText},
    {"max_client_connections", kInt4},
    {"current_client_connections", kInt4},
};

constexpr TableColumn kPools[] = {
    {"database", kText},
    {"user", kText},
    {"cl_active", kInt4},
    {"cl_waiting", kInt4},
    {"cl_active_cancel_req", kInt4},
    {"cl_waiting_cancel_req", kInt4},
    {"sv_active", kInt4},
    {"sv_active_cancel", kInt4},
    {"sv_being_canceled", kInt4},
    {"sv_idle", kInt4},
    {"sv_used", kInt4},
    {"sv_tested", kInt4},
    {"sv_login", kInt4},
    {"maxwait", kInt4},
    {"maxwait_us", kInt4},
    {"pool_mode", kText},
    // Of later versions.
    {"load_balance_hosts", kText},
};

constexpr TableColumn kStatsColumns[] = {
    {"database", kText},
    {"total_xact_count", kNumeric},
    {"total_query_count", kNumeric},
    {"total_received", kNumeric},
    {"total_sent", kNumeric},
    {"total_xact_time", kNumeric},
    {"total_query_time", kNumeric},
    {"total_wait_time", kNumeric},
    {"avg_xact_count", kNumeric},
    {"avg_query_count", kNumeric},
    {"avg_recv", kNumeric},
    {"avg_sent", kNumeric},
    {"avg_xact_time", kNumeric},
    {"avg_query_time", kNumeric},
    {"avg_wait_time", kNumeric},
    // Of later versions.
    {"total_server_assignment_count", kNumeric},
    {"total_client_parse_count", kNumeric},
    {"total_server_parse_count", kNumeric},
    {"total_bind_count", kNumeric},
    {"total_client_login_count", kNumeric},
    {"avg_server_assignment_count", kNumeric},
    {"avg_client_parse_count", kNumeric},
    {"avg_server_parse_count", kNumeric},
    {"avg_bind_count", kNumeric},
    {"avg_client_login_count", kNumeric},
};

constexpr TableColumn kStatsTotals[] = {
    {"database", kText},
    {"xact_count", kNumeric},
    {"query_count", kNumeric},
    {"bytes_received", kNumeric},
    {"bytes_sent", kNumeric},
    {"xact_time", kNumeric},
    {"query_time", kNumeric},
    {"wait_time", kNumeric},
    // Of later versions.
    {"server_assignment_count", kNumeric},
    {"client_parse_count", kNumeric},
    {"server_parse_count", kNumeric},
    {"bind_count", kNumeric},
    {"client_login_count", kNumeric},
};

constexpr TableColumn kStatsAverages[] = {
    {"database", kText},
    {"xact_count", kNumeric},
    {"query_count", kNumeric},
    {"bytes_received", kNumeric},
    {"bytes_sent", kNumeric},
    {"xact_time", kNumeric},
    {"query_time", kNumeric},
    {"wait_time", kNumeric},
    // Of later versions, with their names.
    {"server_assignment_count", kNumeric},
    {"avg_client_parse_count", kNumeric},
    {"avg_server_parse_count", kNumeric},
    {"avg_bind_count", kNumeric},
    {"avg_client_login_count", kNumeric},
};

constexpr TableColumn kTotals[] = {{"name", kText}, {"value", kNumeric}};
constexpr TableColumn kLists[] = {{"list", kText}, {"items", kInt4}};
constexpr TableColumn kState[] = {{"key", kText}, {"value", kText}};
constexpr TableColumn kVersion[] = {{"version", kText}};
constexpr TableColumn kConfig[] = {{"key", kText}, {"value", kText}, {"default", kText}, {"changeable", kText}};
constexpr TableColumn kMem[] = {
    {"name", kText}, {"size", kInt4}, {"used", kInt4}, {"free", kInt4}, {"memtotal", kInt4}};
constexpr TableColumn kDnsHosts[] = {{"hostname", kText}, {"ttl", kInt8}, {"addrs", kText}};
constexpr TableColumn kDnsZones[] = {{"zonename", kText}, {"serial", kInt8}, {"count", kInt4}};
constexpr TableColumn kPeers[] = {{"peer_id", kInt4}, {"host", kText}, {"port", kInt4}, {"pool_size", kInt4}};
constexpr TableColumn kPeerPools[] = {{"peer_id", kInt4},
                                      {"cl_active_cancel_req", kInt4},
                                      {"cl_waiting_cancel_req", kInt4},
                                      {"sv_active_cancel", kInt4},
                                      {"sv_login", kInt4}};

constexpr TableColumn kUsers[] = {
    {"name", kText},
    {"pool_mode", kText},
    // Of later versions.
    {"pool_size", kText},
    {"reserve_pool_size", kText},
    {"max_user_connections", kInt4},
    {"current_connections", kInt4},
    {"max_user_client_connections", kInt4},
    {"current_client_connections", kInt4},
    // Ours.
    {"tenant", kText},
    {"roles", kText},
};

constexpr TableColumn kPolicies[] = {
    {"id", kText},       {"action", kText},     {"roles", kText},  {"users", kText},
    {"database", kText}, {"schema", kText},     {"tables", kText}, {"function", kText},
    {"columns", kText},  {"statements", kText}, {"reason", kText}, {"policy_version", kText},
};

constexpr TableColumn kPrepared[] = {{"name", kText}, {"query", kText}, {"clients", kInt4}};

}  // namespace

std::span<const TableColumn> columns_of(Topic topic) {
  switch (topic) {
    case Topic::clients:
    case Topic::servers: return kSockets;
    case Topic::config: return kConfig;
    case Topic::databases: return kDatabases;
    case Topic::dns_hosts: return kDnsHosts;
    case Topic::dns_zones: return kDnsZones;
    case Topic::help: return {};
    case Topic::lists: return kLists;
    case Topic::mem: return kMem;
    case Topic::peer_pools: return kPeerPools;
    case Topic::peers: return kPeers;
    case Topic::policies: return kPolicies;
    case Topic::pools: return kPools;
    case Topic::prepared: return kPrepared;
    case Topic::state: return kState;
    case Topic::stats: return kStatsColumns;
    case Topic::stats_averages: return kStatsAverages;
    case Topic::stats_totals: return kStatsTotals;
    case Topic::totals: return kTotals;
    case Topic::users: return kUsers;
    case Topic::version: return kVersion;
  }
  return {};
}

}  // namespace sqlproxy::admin
