#include "audit/event_encoder.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::member;
using testing::statement_event;

const std::vector<std::string> kStatementKeys = {"event_id",
                                                 "sequence_num",
                                                 "kind",
                                                 "received_at",
                                                 "timestamp",
                                                 "node_id",
                                                 "session_id",
                                                 "client_ip",
                                                 "client_port",
                                                 "tls",
                                                 "application_name",
                                                 "user",
                                                 "roles",
                                                 "tenant",
                                                 "database",
                                                 "backend_pid",
                                                 "protocol",
                                                 "in_transaction",
                                                 "statement_type",
                                                 "sub_type",
                                                 "sql",
                                                 "fingerprint",
                                                 "sql_bytes",
                                                 "tables",
                                                 "columns",
                                                 "columns_written",
                                                 "columns_filtered",
                                                 "functions",
                                                 "decision",
                                                 "matched_rule",
                                                 "specificity",
                                                 "reason",
                                                 "policy_version",
                                                 "status",
                                                 "sqlstate",
                                                 "error",
                                                 "rows_returned",
                                                 "rows_affected",
                                                 "bytes_in",
                                                 "bytes_out",
                                                 "classifications",
                                                 "has_pii",
                                                 "cache_hit",
                                                 "queue_us",
                                                 "db_us",
                                                 "proxy_us",
                                                 "total_us"};
const std::vector<std::string> kSessionKeys = {
    "event_id",  "sequence_num", "kind",      "received_at",      "timestamp",      "node_id", "session_id",
    "client_ip", "client_port",  "tls",       "application_name", "user",           "roles",   "tenant",
    "database",  "backend_pid",  "sub_type",  "reason",           "policy_version", "status",  "sqlstate",
    "error",     "bytes_in",     "bytes_out", "total_us"};
const std::vector<std::string> kAdminKeys = {
    "event_id",         "sequence_num", "kind",      "received_at", "timestamp",
    "node_id",          "session_id",   "client_ip", "client_port", "tls",
    "application_name", "user",         "roles",     "tenant",      "database",
    "protocol",         "sub_type",     "sql",       "reason",      "policy_version",
    "status",           "sqlstate",     "error",     "total_us"};
const std::vector<std::string> kOverflowKeys = {"event_id",  "sequence_num", "kind",   "received_at",
                                                "timestamp", "node_id",      "reason", "dropped"};

std::string encode(const Event& event) {
  std::string line;
  EventEncoder("node-1").append(line, event, 42);
  return line + "}";
}

std::vector<std::string> keys(const std::string& line) {
  std::vector<std::string> names;
  const auto members = read_json_object(line);
  if (!members) return {"(not JSON)"};
  for (const JsonMember& found : *members) names.emplace_back(found.name);
  return names;
}

Event full_event() {
  auto session = std::make_shared<SessionFacts>();
  session->session_id = "0193";
  session->client_ip = "192.0.2.7";
  session->client_port = 50412;
  session->tls = "TLSv1.3";
  session->application_name = "psql";
  session->user = "analyst";
  session->roles = {"analysts", "staff"};
  session->tenant = "acme";
  session->database = "app";
  auto facts = std::make_shared<StatementFacts>();
  facts->statement_type = "SELECT";
  facts->sql = "SELECT id FROM orders WHERE total > $1";
  facts->fingerprint = "a1b2";
  facts->sql_bytes = 39;
  facts->tables = {{"app", "public", "orders", TableUsage::read}};
  facts->columns = {"public.orders.id"};
  facts->columns_filtered = {"public.orders.total"};
  Event event = statement_event();
  event.session = std::move(session);
  event.statement = std::move(facts);
  event.received_at = event.timestamp - std::chrono::milliseconds{2};
  event.backend_pid = 4711;
  event.protocol = Protocol::extended;
  event.in_transaction = true;
  event.matched_rule = "analysts-read-sales";
  event.specificity = 111;
  event.reason = "sales reporting";
  event.policy_version = "3";
  event.rows_returned = 5;
  event.bytes_out = 120;
  event.classifications = {{"email", "PII.Email", 0.95, "name", 5}};
  event.has_pii = true;
  event.cache_hit = false;
  event.db_time = std::chrono::microseconds{1500};
  return event;
}

TEST(EventEncoder, WritesAStatementWithAllKeysInTheContractsOrder) {
  EXPECT_EQ(keys(encode(full_event())), kStatementKeys);
}

TEST(EventEncoder, WritesTheValues) {
  const std::string line = encode(full_event());
  EXPECT_EQ(member(line, "sequence_num"), "42");
  EXPECT_EQ(member(line, "node_id"), "\"node-1\"");
  EXPECT_EQ(member(line, "timestamp"), "\"2026-11-20T08:30:00.000001Z\"");
  EXPECT_EQ(member(line, "received_at"), "\"2026-11-20T08:29:59.998001Z\"");
  EXPECT_EQ(member(line, "client_port"), "50412");
  EXPECT_EQ(member(line, "roles"), R"(["analysts","staff"])");
  EXPECT_EQ(member(line, "protocol"), "\"extended\"");
  EXPECT_EQ(member(line, "in_transaction"), "true");
  EXPECT_EQ(member(line, "tables"), R"([{"database":"app","schema":"public","table":"orders","usage":"read"}])");
  EXPECT_EQ(member(line, "columns_written"), "[]");
  EXPECT_EQ(member(line, "specificity"), "111");
  EXPECT_EQ(member(line, "classifications"),
            R"([{"column":"email","tag":"PII.Email","confidence":0.95,"method":"name","rows_sampled":5}])");
  EXPECT_EQ(member(line, "db_us"), "1500");
}

TEST(EventEncoder, WritesUnknownAsNullAndNeverLeavesAKeyOut) {
  Event event;
  for (const auto& [kind, expected] : {std::pair{EventKind::statement, kStatementKeys},
                                       {EventKind::connect, kSessionKeys},
                                       {EventKind::auth_failure, kSessionKeys},
                                       {EventKind::disconnect, kSessionKeys},
                                       {EventKind::reload, kAdminKeys},
                                       {EventKind::admin, kAdminKeys},
                                       {EventKind::overflow, kOverflowKeys}}) {
    event.kind = kind;
    EXPECT_EQ(keys(encode(event)), expected);
  }
  event.kind = EventKind::statement;
  const std::string line = encode(event);
  for (const char* name :
       {"session_id", "client_port", "sql", "decision", "sqlstate", "error", "rows_returned", "has_pii", "total_us"}) {
    EXPECT_EQ(member(line, name), "null") << name;
  }
}

TEST(EventEncoder, AnEmptyListIsNotAnUnknownOne) {
  Event event = full_event();
  EXPECT_EQ(member(encode(event), "functions"), "[]");
  auto facts = std::make_shared<StatementFacts>(*event.statement);
  facts->analyzed = false;
  event.statement = facts;
  event.session = nullptr;
  event.classifications.clear();
  EXPECT_EQ(member(encode(event), "classifications"), "[]");
  event.has_pii.reset();
  const std::string line = encode(event);
  for (const char* name :
       {"roles", "tables", "columns", "columns_written", "columns_filtered", "functions", "classifications"}) {
    EXPECT_EQ(member(line, name), "null") << name;
  }
}

TEST(EventEncoder, AnEmptyQueryIsNotAnUnknownOne) {
  EXPECT_EQ(member(encode(statement_event("")), "sql"), "\"\"");
}

// What an encoder has written before changes no line: facts that are shared, that are new, and as many as never fit.
TEST(EventEncoder, WritesEachEventAsIfItWereTheFirst) {
  EventEncoder encoder("node-1");
  const auto expect_the_same = [&encoder](const Event& event) {
    std::string line;
    encoder.append(line, event, 42);
    EXPECT_EQ(line + "}", encode(event));
  };
  Event event = full_event();
  for (int i = 0; i < 3; ++i) {
    event.rows_returned = static_cast<std::uint64_t>(i);
    expect_the_same(event);
  }
  Event login = event;
  login.kind = EventKind::connect;
  expect_the_same(login);
  for (int i = 0; i < 1000; ++i) {
    auto session = std::make_shared<SessionFacts>(*event.session);
    session->user = "user " + std::to_string(i);
    auto facts = std::make_shared<StatementFacts>(*event.statement);
    facts->sql = std::string(static_cast<std::size_t>(i) * 10, 'x');
    event.session = std::move(session);
    event.statement = std::move(facts);
    expect_the_same(event);
    expect_the_same(event);
  }
  event.session = nullptr;
  event.statement = nullptr;
  expect_the_same(event);
}

TEST(EventEncoder, ReceivedAtDefaultsToTheTimestamp) {
  const std::string line = encode(statement_event());
  EXPECT_EQ(member(line, "received_at"), member(line, "timestamp"));
}

// By which a trail knows its own files again.
TEST(EventEncoder, EachFormatBeginsAsItSays) {
  for (const LineFormat format : {LineFormat::native, LineFormat::ocsf, LineFormat::ecs}) {
    std::string line;
    EventEncoder("node-a", format).append(line, statement_event(), 1);
    EXPECT_TRUE(line.starts_with(line_begin(format))) << line;
    Event reload;
    reload.kind = EventKind::reload;
    line.clear();
    EventEncoder("", format).append(line, reload, 1);
    EXPECT_TRUE(line.starts_with(line_begin(format))) << line;
  }
}

TEST(EventEncoder, BoundsHostileSizesAndStaysOneLine) {
  Event event = full_event();
  auto facts = std::make_shared<StatementFacts>();
  facts->sql = std::string(2 * kMaxSqlBytes, '\n');
  facts->tables.assign(kMaxListItems + 7,
                       TableRef{"d", "s", std::string(1'000'000, 'i').substr(0, 300), TableUsage::both});
  facts->columns = {std::string(1'000'000, '"')};
  event.statement = std::move(facts);
  const std::string line = encode(event);
  EXPECT_TRUE(read_json_object(line).has_value());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(member(line, "tables_cut"), "7");
  EXPECT_LT(member(line, "columns").size(), 2 * kMaxNameBytes + 40);
  EXPECT_LT(member(line, "sql").size(), 2 * kMaxSqlBytes + 40);
  EXPECT_NE(member(line, "sql").find("…[+1048576 bytes]"), std::string::npos);
}

}  // namespace
}  // namespace sqlproxy::audit
