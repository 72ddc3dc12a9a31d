#pragma once

#include <vector>

#include "admin/console_tables.hpp"

namespace sqlproxy::admin {

using TableRows = std::vector<std::vector<TableCell>>;

// What is going on: clients, servers, pools and what they have done.
[[nodiscard]] TableRows client_rows(const ProxyView& view);
[[nodiscard]] TableRows server_rows(const ProxyView& view);
[[nodiscard]] TableRows pool_rows(const ProxyView& view);
[[nodiscard]] TableRows stats_rows(const ProxyView& view);
[[nodiscard]] TableRows stats_totals_rows(const ProxyView& view);
[[nodiscard]] TableRows stats_averages_rows(const ProxyView& view);
[[nodiscard]] TableRows totals_rows(const ProxyView& view);
[[nodiscard]] TableRows prepared_rows(const ProxyView& view);

// What is configured, and counts.
[[nodiscard]] TableRows config_rows(const ProxyView& view);
[[nodiscard]] TableRows database_rows(const ProxyView& view);
[[nodiscard]] TableRows user_rows(const ProxyView& view);
[[nodiscard]] TableRows policy_rows(const ProxyView& view);
[[nodiscard]] TableRows list_rows(const ProxyView& view);
[[nodiscard]] TableRows memory_rows(const ProxyView& view);
[[nodiscard]] TableRows state_rows(const ProxyView& view);

// "temporary_objects,advisory_locks"; empty for none.
[[nodiscard]] std::string pin_names(unsigned pins);

// The name of a pool's database as PgBouncer would show it.
[[nodiscard]] std::string shown_database(const backend::PoolKey& key);

}  // namespace sqlproxy::admin
