#include <algorithm>
#include <cstdio>
#include <map>
#include <unordered_map>
#include <utility>

#include "admin/console_rows.hpp"
#include "frontend/pin.hpp"

namespace sqlproxy::admin {
namespace {

using backend::ServerReport;
using frontend::ClientReport;
using frontend::ClientState;

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

// As PgBouncer writes instants: "2026-11-20 08:30:51 UTC".
std::string instant(core::WallTime time) {
  std::string text = core::to_rfc3339(time).substr(0, 19);
  text[10] = ' ';
  return text + " UTC";
}

core::WallTime wall_of(core::TimePoint time, const ProxyView& view) {
  return view.now - std::chrono::duration_cast<core::Duration>(view.steady_now - time);
}

// Something that looks like an address and tells clients and servers apart; not one of memory.
std::string pointer(char kind, std::size_t worker, std::uint64_t id) {
  char text[40];
  std::snprintf(text, sizeof(text), "0x%c%03zx%010llx", kind, worker, static_cast<unsigned long long>(id));
  return text;
}
std::string client_pointer(std::uint64_t id) {
  char text[40];
  std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(id));
  return text;
}
std::string server_pointer(std::size_t worker, backend::ServerConnection::Id id) {
  return pointer('5', worker, id);
}

std::string_view shown_state(ClientState state) {
  switch (state) {
    case ClientState::waiting: return "waiting";
    case ClientState::idle: return "idle";
    default: return "active";
  }
}

std::vector<TableCell> client_row(const ClientReport& client, std::size_t worker) {
  const audit::SessionFacts& facts = *client.facts;
  return {
      "C",
      facts.user,
      facts.database,
      std::string(shown_state(client.state)),
      client.address,
      number(client.port),
      client.local_address,
      number(client.local_port),
      instant(client.connected_at),
      instant(client.requested_at),
      number(static_cast<std::uint64_t>(client.waiting.count()) / 1'000'000),
      number(static_cast<std::uint64_t>(client.waiting.count()) % 1'000'000),
      client.closes ? "1" : "0",
      client_pointer(client.id),
      client.server == 0 ? "" : server_pointer(worker, client.server),
      "0",
      facts.tls,
      facts.application_name,
      "none",
      number(client.prepared_statements),
      number(client.id),
      facts.tenant,
      pin_names(client.pins),
  };
}

struct PoolRow {
  std::size_t clients = 0;
  std::size_t waiting = 0;
  std::array<std::size_t, 5> servers{};
  std::size_t opening = 0;
  core::Duration longest_wait{0};
};

using StatOrder = std::vector<Stat>;

const StatOrder& columns_of_1_18() {
  static const StatOrder kOrder{Stat::xact_count, Stat::query_count, Stat::bytes_received, Stat::bytes_sent,
                                Stat::xact_time,  Stat::query_time,  Stat::wait_time};
  return kOrder;
}

const StatOrder& later_columns() {
  static const StatOrder kOrder{Stat::server_assignment_count, Stat::client_parse_count, Stat::server_parse_count,
                                Stat::bind_count, Stat::client_login_count};
  return kOrder;
}

void append(std::vector<TableCell>& row, const StatValues& values, const StatOrder& order) {
  for (const Stat stat : order) row.emplace_back(number(values[static_cast<std::size_t>(stat)]));
}

TableRows one_row_each(const DatabaseStats& stats) {
  TableRows rows;
  for (const auto& [database, values] : stats) {
    std::vector<TableCell>& row = rows.emplace_back();
    row.emplace_back(database);
    append(row, values, columns_of_1_18());
    append(row, values, later_columns());
  }
  return rows;
}

}  // namespace

std::string pin_names(unsigned pins) {
  std::string names;
  for (std::size_t i = 0; i < frontend::kPins; ++i) {
    if ((pins & (1U << i)) == 0) continue;
    if (!names.empty()) names += ',';
    names += frontend::name_of(static_cast<frontend::Pin>(1U << i));
  }
  return names;
}

std::string shown_database(const backend::PoolKey& key) {
  return key.database == "*" ? key.dbname : key.database;
}

TableRows client_rows(const ProxyView& view) {
  TableRows rows;
  for (std::size_t worker = 0; worker < view.workers.size(); ++worker) {
    for (const ClientReport& client : view.workers[worker].clients) {
      // As PgBouncer, which does not list those that are logging in.
      if (client.facts->user.empty() || client.state == ClientState::login) continue;
      rows.push_back(client_row(client, worker));
    }
  }
  return rows;
}

TableRows server_rows(const ProxyView& view) {
  TableRows rows;
  for (std::size_t worker = 0; worker < view.workers.size(); ++worker) {
    const frontend::WorkerReport& report = view.workers[worker];
    std::unordered_map<backend::ServerConnection::Id, const ClientReport*> users;
    for (const ClientReport& client : report.clients) {
      if (client.server != 0) users[client.server] = &client;
    }
    for (const ServerReport& server : report.servers) {
      const auto user = users.find(server.id);
      const ClientReport* client = user == users.end() ? nullptr : user->second;
      const core::WallTime opened = wall_of(server.opened_at, view);
      const bool unused = server.idle_since == core::TimePoint{};
      const core::WallTime used = client != nullptr ? client->requested_at
                                  : unused          ? opened
                                                    : wall_of(server.idle_since, view);
      rows.push_back({
          "S",
          server.pool.user,
          shown_database(server.pool),
          std::string(name_of(server.state)),
          server.address,
          number(server.port),
          server.local_address,
          number(server.local_port),
          instant(opened),
          instant(used),
          "0",
          "0",
          server.closes ? "1" : "0",
          server_pointer(worker, server.id),
          client == nullptr ? "" : client_pointer(client->id),
          number(static_cast<std::uint32_t>(server.process_id)),
          server.tls,
          server.application_name,
          "none",
          number(server.prepared_statements),
          number(server.id),
          server.pool.tenant,
          client == nullptr ? "" : pin_names(client->pins),
      });
    }
  }
  return rows;
}

// One row for each database and user, whatever the tenant: consumers take the two for the key.
TableRows pool_rows(const ProxyView& view) {
  std::map<std::pair<std::string, std::string>, PoolRow> pools;
  std::map<std::pair<std::string, std::string>, std::string> modes;
  const auto row_of = [&](const backend::PoolKey& key) -> PoolRow& {
    const std::pair<std::string, std::string> labels(shown_database(key), key.user);
    const auto database = view.snapshot->config->databases.find(key.database);
    const bool session =
        database != view.snapshot->config->databases.end() && database->second.pool_mode == config::PoolMode::session;
    modes[labels] = session ? "session" : "transaction";
    return pools[labels];
  };
  for (const auto& [key, counts] : view.pools) row_of(key).opening += counts.opening;
  for (const frontend::WorkerReport& report : view.workers) {
    for (const ServerReport& server : report.servers)
      ++row_of(server.pool).servers[static_cast<std::size_t>(server.state)];
    for (const ClientReport& client : report.clients) {
      if (!client.pool) continue;
      PoolRow& row = row_of(*client.pool);
      ++(client.state == ClientState::waiting ? row.waiting : row.clients);
      row.longest_wait = std::max(row.longest_wait, client.waiting);
    }
  }
  using State = ServerReport::State;
  TableRows rows;
  for (const auto& [labels, row] : pools) {
    const auto servers = [&row](State state) { return number(row.servers[static_cast<std::size_t>(state)]); };
    rows.push_back({
        labels.first,
        labels.second,
        number(row.clients),
        number(row.waiting),
        "0",
        "0",
        servers(State::active),
        "0",
        servers(State::being_canceled),
        servers(State::idle),
        servers(State::used),
        servers(State::tested),
        number(row.opening),
        number(static_cast<std::uint64_t>(row.longest_wait.count()) / 1'000'000),
        number(static_cast<std::uint64_t>(row.longest_wait.count()) % 1'000'000),
        modes[labels],
        std::nullopt,
    });
  }
  return rows;
}

TableRows stats_rows(const ProxyView& view) {
  TableRows rows;
  for (const auto& [database, values] : view.stats) {
    const auto found = view.averages.find(database);
    const StatValues averages = found == view.averages.end() ? StatValues{} : found->second;
    std::vector<TableCell>& row = rows.emplace_back();
    row.emplace_back(database);
    append(row, values, columns_of_1_18());
    append(row, averages, columns_of_1_18());
    append(row, values, later_columns());
    append(row, averages, later_columns());
  }
  return rows;
}

TableRows stats_totals_rows(const ProxyView& view) {
  return one_row_each(view.stats);
}

TableRows stats_averages_rows(const ProxyView& view) {
  return one_row_each(view.averages);
}

TableRows totals_rows(const ProxyView& view) {
  static constexpr std::array<std::string_view, kStats> kNames{"server_assignment_count",
                                                               "xact_count",
                                                               "query_count",
                                                               "client_bytes",
                                                               "server_bytes",
                                                               "xact_time",
                                                               "query_time",
                                                               "wait_time",
                                                               "ps_client_parse_count",
                                                               "ps_server_parse_count",
                                                               "ps_bind_count",
                                                               "client_login_count"};
  StatValues totals{};
  StatValues averages{};
  for (std::size_t i = 0; i < kStats; ++i) {
    for (const auto& [database, values] : view.stats) totals[i] += values[i];
    for (const auto& [database, values] : view.averages) averages[i] += values[i];
  }
  TableRows rows;
  for (std::size_t i = 0; i < kStats; ++i) rows.push_back({"total_" + std::string(kNames[i]), number(totals[i])});
  for (std::size_t i = 0; i < kStats; ++i) rows.push_back({"avg_" + std::string(kNames[i]), number(averages[i])});
  return rows;
}

TableRows prepared_rows(const ProxyView& view) {
  TableRows rows;
  for (const frontend::PreparedReport& prepared : view.prepared) {
    rows.push_back({prepared.server_name, prepared.text, number(prepared.clients)});
  }
  return rows;
}

}  // namespace sqlproxy::admin
