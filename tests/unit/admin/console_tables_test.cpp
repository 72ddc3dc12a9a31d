// The console's tables against PgBouncer's, column by column.
#include "admin/console_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "admin/console_rows.hpp"
#include "frontend/pin.hpp"
#include "pipeline/policy_set.hpp"

namespace sqlproxy::admin {
namespace {

using frontend::ClientReport;
using frontend::ClientState;
using ::testing::Contains;
using ::testing::ElementsAre;

// "name:type ...", with PgBouncer's letters for the types.
std::string columns_text(Topic topic, std::size_t count) {
  std::string text;
  for (const TableColumn& column : columns_of(topic).first(count)) {
    static constexpr char kLetters[] = {'s', 'i', 'q', 'N'};
    text +=
        (text.empty() ? "" : " ") + std::string(column.name) + ':' + kLetters[static_cast<std::size_t>(column.type)];
  }
  return text;
}

// As pktbuf_write_RowDescription() is called in PgBouncer 1.18; T is text there.
TEST(ConsoleTables, BeginWithTheColumnsOfPgBouncer118) {
  EXPECT_EQ(columns_text(Topic::pools, 16),
            "database:s user:s cl_active:i cl_waiting:i cl_active_cancel_req:i cl_waiting_cancel_req:i sv_active:i "
            "sv_active_cancel:i sv_being_canceled:i sv_idle:i sv_used:i sv_tested:i sv_login:i maxwait:i maxwait_us:i "
            "pool_mode:s");
  EXPECT_EQ(columns_text(Topic::clients, 18),
            "type:s user:s database:s state:s addr:s port:i local_addr:s local_port:i connect_time:s request_time:s "
            "wait:i wait_us:i close_needed:i ptr:s link:s remote_pid:i tls:s application_name:s");
  EXPECT_EQ(columns_text(Topic::databases, 13),
            "name:s host:s port:i database:s force_user:s pool_size:i min_pool_size:i reserve_pool:i pool_mode:s "
            "max_connections:i current_connections:i paused:i disabled:i");
  EXPECT_EQ(columns_text(Topic::stats, 15),
            "database:s total_xact_count:N total_query_count:N total_received:N total_sent:N total_xact_time:N "
            "total_query_time:N total_wait_time:N avg_xact_count:N avg_query_count:N avg_recv:N avg_sent:N "
            "avg_xact_time:N avg_query_time:N avg_wait_time:N");
  EXPECT_EQ(columns_text(Topic::stats_totals, 8),
            "database:s xact_count:N query_count:N bytes_received:N bytes_sent:N xact_time:N query_time:N wait_time:N");
  EXPECT_EQ(columns_text(Topic::stats_averages, 8), columns_text(Topic::stats_totals, 8));
  EXPECT_EQ(columns_text(Topic::mem, 5), "name:s size:i used:i free:i memtotal:i");
  EXPECT_EQ(columns_text(Topic::lists, 2), "list:s items:i");
  EXPECT_EQ(columns_text(Topic::config, 4), "key:s value:s default:s changeable:s");
  EXPECT_EQ(columns_text(Topic::users, 2), "name:s pool_mode:s");
  EXPECT_EQ(columns_text(Topic::version, 1), "version:s");
}

// The exporter of the Prometheus community scans these by their number.
TEST(ConsoleTables, ListsAndConfigHaveNoMoreColumns) {
  EXPECT_EQ(columns_of(Topic::lists).size(), 2U);
  EXPECT_EQ(columns_of(Topic::config).size(), 4U);
  EXPECT_EQ(columns_of(Topic::version).size(), 1U);
}

class ConsoleRows : public ::testing::Test {
 protected:
  ConsoleRows() {
    auto configuration = std::make_shared<config::Config>();
    config::Database database;
    database.user = "service";
    database.dbname = "app_production";
    configuration->databases["app"] = database;
    config::User user;
    user.name = "alice";
    user.roles = {"analysts", "readers"};
    user.password = core::Secret("hunter2");
    configuration->users.push_back(user);
    configuration->admin.token = core::Secret("hunter2");
    auto snapshot = std::make_shared<frontend::Snapshot>();
    snapshot->config = configuration;
    snapshot->policies = pipeline::PolicySet::compile({}, {});
    view_.snapshot = snapshot;
    view_.version = "sql-proxy 1";
    view_.now = core::WallTime(std::chrono::seconds(1'700'000'000));
    view_.steady_now = core::SteadyClock::now();
    view_.workers.resize(2);
  }

  void add_client(std::size_t worker, ClientState state, std::string tenant = "default", unsigned pins = 0) {
    ClientReport& client = view_.workers[worker].clients.emplace_back();
    client.id = ++last_id_;
    client.state = state;
    auto facts = std::make_shared<audit::SessionFacts>();
    facts->user = "alice";
    facts->database = "app";
    facts->tenant = tenant;
    client.facts = facts;
    if (state != ClientState::login) client.pool = backend::PoolKey{tenant, "app", "app_production", "service"};
    client.pins = pins;
    if (state == ClientState::waiting) client.waiting = std::chrono::microseconds(1'250'000);
  }
  void add_server(std::size_t worker, backend::ServerReport::State state) {
    backend::ServerReport& server = view_.workers[worker].servers.emplace_back();
    server.id = ++last_id_;
    server.pool = {"default", "app", "app_production", "service"};
    server.state = state;
    server.opened_at = view_.steady_now - std::chrono::seconds(10);
  }
  static std::string cell(Topic topic, const std::vector<TableCell>& row, std::string_view name) {
    const auto columns = columns_of(topic);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name == name) return row[i].value_or("(null)");
    }
    return "(no such column)";
  }

  ProxyView view_;
  std::uint64_t last_id_ = 0;
};

TEST_F(ConsoleRows, EachRowHasACellForEachColumn) {
  add_client(0, ClientState::active);
  add_server(0, backend::ServerReport::State::idle);
  view_.stats["app"] = {};
  view_.prepared.push_back({"SELECT $1", "sql-proxy_1", 2});
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Topic::version); ++i) {
    const auto topic = static_cast<Topic>(i);
    const ResultTable table = table_of(topic, view_);
    EXPECT_EQ(table.columns.size(), columns_of(topic).size());
    for (const auto& row : table.rows) EXPECT_EQ(row.size(), table.columns.size()) << name_of(topic);
  }
}

TEST_F(ConsoleRows, APoolIsOneRowOverWorkersAndTenants) {
  add_client(0, ClientState::active);
  add_client(1, ClientState::idle, "acme");
  add_client(1, ClientState::waiting);
  add_client(1, ClientState::login);
  add_server(0, backend::ServerReport::State::active);
  add_server(1, backend::ServerReport::State::idle);
  view_.pools.push_back(
      {{"default", "app", "app_production", "service"}, {.taken = 3, .opening = 1, .idle = 1, .waiting = 1}});
  const TableRows rows = pool_rows(view_);
  ASSERT_EQ(rows.size(), 1U);
  const auto value = [&](std::string_view name) { return cell(Topic::pools, rows[0], name); };
  EXPECT_EQ(value("database"), "app");
  EXPECT_EQ(value("user"), "service");
  EXPECT_EQ(value("cl_active"), "2");
  EXPECT_EQ(value("cl_waiting"), "1");
  EXPECT_EQ(value("sv_active"), "1");
  EXPECT_EQ(value("sv_idle"), "1");
  EXPECT_EQ(value("sv_login"), "1");
  EXPECT_EQ(value("maxwait"), "1");
  EXPECT_EQ(value("maxwait_us"), "250000");
  EXPECT_EQ(value("pool_mode"), "transaction");
}

TEST_F(ConsoleRows, ClientsSayWhyTheyArePinned) {
  using frontend::bit;
  using frontend::Pin;
  add_client(0, ClientState::active, "acme", bit(Pin::temporary_objects) | bit(Pin::advisory_locks));
  const TableRows rows = client_rows(view_);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(cell(Topic::clients, rows[0], "pinned"), "temporary_objects,advisory_locks");
  EXPECT_EQ(cell(Topic::clients, rows[0], "tenant"), "acme");
  EXPECT_EQ(cell(Topic::clients, rows[0], "type"), "C");
  EXPECT_EQ(cell(Topic::clients, rows[0], "id"), "1");
  EXPECT_EQ(cell(Topic::clients, rows[0], "ptr"), "0x1");
}

TEST_F(ConsoleRows, AServerIsLinkedToItsClientInTheSameWorker) {
  add_server(1, backend::ServerReport::State::active);
  add_client(1, ClientState::active);
  view_.workers[1].clients[0].server = view_.workers[1].servers[0].id;
  add_client(0, ClientState::active);
  view_.workers[0].clients[0].server = view_.workers[1].servers[0].id;
  const TableRows servers = server_rows(view_);
  ASSERT_EQ(servers.size(), 1U);
  EXPECT_EQ(cell(Topic::servers, servers[0], "link"), "0x2");
  EXPECT_EQ(cell(Topic::servers, servers[0], "connect_time"), "2023-11-14 22:13:10 UTC");
  const TableRows clients = client_rows(view_);
  EXPECT_NE(cell(Topic::clients, clients[0], "link"), cell(Topic::servers, servers[0], "ptr"));
  EXPECT_EQ(cell(Topic::clients, clients[1], "link"), cell(Topic::servers, servers[0], "ptr"));
}

TEST_F(ConsoleRows, PausedDatabasesAreShown) {
  EXPECT_EQ(cell(Topic::databases, database_rows(view_)[0], "paused"), "0");
  EXPECT_TRUE(view_.pause.pause({"app"}));
  EXPECT_EQ(cell(Topic::databases, database_rows(view_)[0], "paused"), "1");
  EXPECT_EQ(state_rows(view_)[1][1], "no");
  EXPECT_TRUE(view_.pause.pause({}));
  EXPECT_EQ(state_rows(view_)[1][1], "yes");
}

TEST_F(ConsoleRows, NoSecretIsShown) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(Topic::version); ++i) {
    for (const auto& row : table_of(static_cast<Topic>(i), view_).rows) {
      for (const TableCell& value : row) EXPECT_EQ(value.value_or("").find("hunter2"), std::string::npos);
    }
  }
}

TEST(DatabaseStats, AveragesAreOverTheTimeBetween) {
  StatValues before{};
  StatValues now{};
  const auto set = [](StatValues& values, Stat stat, std::uint64_t value) {
    values[static_cast<std::size_t>(stat)] = value;
  };
  const auto get = [](const StatValues& values, Stat stat) { return values[static_cast<std::size_t>(stat)]; };
  set(before, Stat::query_count, 100);
  set(now, Stat::query_count, 300);
  set(before, Stat::query_time, 1000);
  set(now, Stat::query_time, 5000);
  const StatValues average = averages(now, before, std::chrono::seconds(10));
  EXPECT_EQ(get(average, Stat::query_count), 20U);
  EXPECT_EQ(get(average, Stat::query_time), 20U);
  EXPECT_EQ(get(average, Stat::xact_time), 0U);
  EXPECT_EQ(averages(now, before, core::Duration(0)), StatValues{});
}

TEST(DatabaseStats, HistoryKeepsTheStampBeforeTheLast) {
  const core::TimePoint start = core::SteadyClock::now();
  StatsHistory history(start);
  StatValues values{};
  values[static_cast<std::size_t>(Stat::xact_count)] = 600;
  EXPECT_EQ(history.averages_of("app", values, start + std::chrono::seconds(10))[1], 60U);
  history.stamp({{"app", values}}, start + std::chrono::seconds(60));
  // Still over the time since the start: the stamp before the last is that of the start.
  EXPECT_EQ(history.averages_of("app", values, start + std::chrono::seconds(60))[1], 10U);
  history.stamp({{"app", values}}, start + std::chrono::seconds(61));
  history.stamp({{"app", values}}, start + std::chrono::seconds(120));
  EXPECT_EQ(history.averages_of("app", values, start + std::chrono::seconds(130))[1], 0U);
}

}  // namespace
}  // namespace sqlproxy::admin
