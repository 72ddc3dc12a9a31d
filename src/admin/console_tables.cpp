#include "admin/console_tables.hpp"

#include "admin/console_rows.hpp"

namespace sqlproxy::admin {
namespace {

TableRows rows_of(Topic topic, const ProxyView& view) {
  switch (topic) {
    case Topic::clients: return client_rows(view);
    case Topic::config: return config_rows(view);
    case Topic::databases: return database_rows(view);
    case Topic::lists: return list_rows(view);
    case Topic::mem: return memory_rows(view);
    case Topic::policies: return policy_rows(view);
    case Topic::pools: return pool_rows(view);
    case Topic::prepared: return prepared_rows(view);
    case Topic::servers: return server_rows(view);
    case Topic::state: return state_rows(view);
    case Topic::stats: return stats_rows(view);
    case Topic::stats_averages: return stats_averages_rows(view);
    case Topic::stats_totals: return stats_totals_rows(view);
    case Topic::totals: return totals_rows(view);
    case Topic::users: return user_rows(view);
    case Topic::version: return {{view.version}};
    // The proxy caches no names of hosts, and has no peers.
    case Topic::dns_hosts:
    case Topic::dns_zones:
    case Topic::peer_pools:
    case Topic::peers:
    case Topic::help: return {};
  }
  return {};
}

}  // namespace

ResultTable table_of(Topic topic, const ProxyView& view) {
  const std::span<const TableColumn> columns = columns_of(topic);
  return {{columns.begin(), columns.end()}, rows_of(topic, view)};
}

ViewNeeds needs_of(Topic topic) {
  ViewNeeds needs;
  switch (topic) {
    case Topic::clients:
    case Topic::servers:
    case Topic::pools:
    case Topic::users:
    case Topic::databases: needs.reports = true; break;
    case Topic::lists:
    case Topic::mem: needs.summary = true; break;
    case Topic::prepared: needs.prepared = true; break;
    default: break;
  }
  return needs;
}

std::string_view help_text() {
  return "\n"
         "\tSHOW HELP|CONFIG|DATABASES|POOLS|CLIENTS|SERVERS|USERS|VERSION\n"
         "\tSHOW LISTS|MEM|STATE|POLICIES|PREPARED\n"
         "\tSHOW PEERS|PEER_POOLS|DNS_HOSTS|DNS_ZONES\n"
         "\tSHOW STATS|STATS_TOTALS|STATS_AVERAGES|TOTALS\n"
         "\tRELOAD\n"
         "\tPAUSE [<db>]\n"
         "\tRESUME [<db>]\n"
         "\tRECONNECT [<db>]\n"
         "\tKILL [<db>]\n"
         "\tKILL_CLIENT <client_id>\n"
         "\tSHUTDOWN\n"
         "\tSHUTDOWN WAIT_FOR_SERVERS|WAIT_FOR_CLIENTS";
}

}  // namespace sqlproxy::admin
