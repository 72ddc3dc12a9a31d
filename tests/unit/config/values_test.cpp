// What a sound file turns into: its values, and the defaults of what it leaves out.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::shared_ptr<const Config> sound(std::string_view text) {
  const LoadResult result = load(text);
  EXPECT_THAT(texts(result.faults), IsEmpty());
  return result.config ? result.config : std::make_shared<const Config>();
}

TEST(Values, DefaultsOfAnEmptyFile) {
  const auto config = sound("");
  ASSERT_EQ(config->server.listen.size(), 1U);
  EXPECT_EQ(config->server.listen[0].text(), "127.0.0.1:6432");
  EXPECT_EQ(config->server.tls.mode, ClientTlsMode::disable);
  EXPECT_EQ(config->auth.method, AuthMethod::scram_sha_256);
  EXPECT_EQ(config->policy.default_action, PolicyAction::block);
  EXPECT_EQ(config->audit.file.path, std::filesystem::current_path() / "audit.jsonl");
}

TEST(Values, OfTheServer) {
  const auto config = sound(R"(
[server]
listen = ["*:1", "[::1]:2", "unix:/run/sp:3", "unix:sub:4", "db-proxy.example:5"]
threads = 3
max_clients = 7
max_query_size = "64KiB"
login_timeout = "250ms"
client_idle_timeout = "5m"
drain_timeout = "2h"
[server.tls]
cert = ")" SP_SOURCE_DIR R"(/conf/minimal.toml"
key = ")" SP_SOURCE_DIR R"(/conf/../conf/minimal.toml"
min_version = "1.3"
)");
  const Server& server = config->server;
  std::vector<std::string> listen;
  for (const ListenAddress& address : server.listen) listen.push_back(address.text());
  EXPECT_THAT(listen,
              ElementsAre("*:1", "[::1]:2", "unix:/run/sp:3",
                          "unix:" + (std::filesystem::current_path() / "sub").string() + ":4", "db-proxy.example:5"));
  EXPECT_EQ(server.listen[2].socket_path(), "/run/sp/.s.PGSQL.3");
  EXPECT_EQ(server.threads, 3U);
  EXPECT_EQ(server.max_clients, 7U);
  EXPECT_EQ(server.max_query_size, 65536U);
  EXPECT_EQ(server.login_timeout, 250ms);
  EXPECT_EQ(server.client_idle_timeout, 5min);
  EXPECT_EQ(server.drain_timeout, 2h);
  // A certificate without a mode means prefer.
  EXPECT_EQ(server.tls.mode, ClientTlsMode::prefer);
  EXPECT_EQ(server.tls.cert, SP_SOURCE_DIR "/conf/minimal.toml");
  EXPECT_EQ(server.tls.key, SP_SOURCE_DIR "/conf/minimal.toml");
  EXPECT_EQ(server.tls.min_version, TlsVersion::v1_3);
}

TEST(Values, OfAuthRules) {
  const auto config = sound(R"(
[auth]
method = "md5"
[[auth.rules]]
type = "hostnossl"
users = ["a", "b"]
databases = ["c"]
addresses = ["10.0.0.0/8", "::1"]
method = "trust"
[[auth.rules]]
type = "local"
method = "password"
)");
  EXPECT_EQ(config->auth.method, AuthMethod::md5);
  ASSERT_EQ(config->auth.rules.size(), 2U);
  const AuthRule& first = config->auth.rules[0];
  EXPECT_EQ(first.type, AuthRuleType::hostnossl);
  EXPECT_THAT(first.users, ElementsAre("a", "b"));
  EXPECT_THAT(first.databases, ElementsAre("c"));
  EXPECT_THAT(first.addresses, ElementsAre(*AddressRange::parse("10.0.0.0/8"), *AddressRange::parse("::1/128")));
  EXPECT_EQ(first.method, AuthMethod::trust);
  EXPECT_EQ(first.line, 4);
  const AuthRule& second = config->auth.rules[1];
  EXPECT_THAT(second.users, ElementsAre("*"));
  EXPECT_THAT(second.databases, ElementsAre("*"));
  EXPECT_THAT(second.addresses, IsEmpty());
}

TEST(Values, OfUsersAndDatabases) {
  const auto config = sound(R"(
[[users]]
name = "ann"
verifier = ")" + std::string(kVerifier) +
                            R"("
roles = ["r1", "r2"]
[databases.app]
host = "/var/run/postgresql"
port = 6000
dbname = "real"
user = "svc"
password = "pw"
identity = "service"
tls = "verify-ca"
pool_mode = "session"
pool_size = 4
min_pool_size = 4
pool_wait_timeout = "1s"
statement_timeout = "0s"
server_idle_timeout = "1m"
server_lifetime = "1d"
server_check_delay = "0s"
[databases."*"]
user = "any"
pool_mode = "session"
)");
  const User* const ann = config->find_user("ann");
  ASSERT_NE(ann, nullptr);
  EXPECT_EQ(ann->verifier->reveal(), kVerifier);
  EXPECT_FALSE(ann->password);
  EXPECT_THAT(ann->roles, ElementsAre("r1", "r2"));
  EXPECT_EQ(ann->tenant, "default");
  EXPECT_EQ(config->find_user("Ann"), nullptr);

  const Database* const app = config->find_database("app");
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(app->host, "/var/run/postgresql");
  EXPECT_EQ(app->port, 6000);
  EXPECT_EQ(app->server_dbname("app"), "real");
  EXPECT_EQ(app->user, "svc");
  EXPECT_EQ(app->password->reveal(), "pw");
  EXPECT_EQ(app->tls, ServerTlsMode::verify_ca);
  EXPECT_EQ(app->pool_mode, PoolMode::session);
  EXPECT_EQ(app->pool_size, 4U);
  EXPECT_EQ(app->min_pool_size, 4U);
  EXPECT_EQ(app->pool_wait_timeout, 1s);
  EXPECT_EQ(app->statement_timeout, 0ms);
  EXPECT_EQ(app->idle_in_transaction_timeout, std::nullopt);
  EXPECT_EQ(app->server_idle_timeout, 1min);
  EXPECT_EQ(app->server_lifetime, 24h);
  EXPECT_EQ(app->server_check_delay, 0ms);

  const Database* const other = config->find_database("other");
  ASSERT_NE(other, nullptr);
  EXPECT_EQ(other->user, "any");
  EXPECT_EQ(other->server_dbname("other"), "other");
  EXPECT_EQ(other->min_pool_size, 0U);
  EXPECT_EQ(other->server_check_delay, 30s);
}

TEST(Values, OfPassthrough) {
  const auto config = sound(R"toml(
[databases.app]
user = "lookup"
identity = "passthrough"
auth_query = "SELECT * FROM auth.verifier($1)"
auth_dbname = "auth"
auth_cache_ttl = "1m"
pool_mode = "session"
[databases.other]
user = "lookup"
identity = "passthrough"
pool_mode = "session"
)toml");
  EXPECT_TRUE(config->has_passthrough());
  const Database& app = config->databases.at("app");
  EXPECT_EQ(app.identity, Identity::passthrough);
  EXPECT_EQ(app.auth_query, "SELECT * FROM auth.verifier($1)");
  EXPECT_EQ(app.auth_dbname, "auth");
  EXPECT_EQ(app.auth_cache_ttl, 1min);
  const Database& other = config->databases.at("other");
  EXPECT_EQ(other.auth_query, kDefaultAuthQuery);
  EXPECT_EQ(other.auth_dbname, "");
  EXPECT_EQ(other.auth_cache_ttl, 1s);
  EXPECT_FALSE(sound("[databases.app]\nuser = \"u\"\npool_mode = \"session\"\n")->has_passthrough());
}

TEST(Values, WithoutAFallbackOtherDatabasesDoNotExist) {
  const auto config = sound("[databases.app]\nuser = \"u\"\npool_mode = \"session\"\n");
  EXPECT_NE(config->find_database("app"), nullptr);
  EXPECT_EQ(config->find_database("other"), nullptr);
}

TEST(Values, OfPolicies) {
  const auto config = sound(R"(
[policy]
mode = "enforce"
default = "allow"
catalogs = "none"
[[policies]]
roles = ["r"]
tables = ["t", "u"]
statements = ["READ", "LOCK"]
action = "allow"
reason = "why"
[[policies]]
id = "f"
users = ["x"]
schema = "s"
function = "report_*"
action = "block"
)");
  EXPECT_EQ(config->policy.default_action, PolicyAction::allow);
  EXPECT_EQ(config->policy.catalogs, CatalogAccess::none);
  ASSERT_EQ(config->policies.size(), 2U);
  const PolicyRule& tables = config->policies[0];
  EXPECT_EQ(tables.id, "policy-1");
  EXPECT_EQ(tables.line, 6);
  EXPECT_THAT(tables.roles, ElementsAre("r"));
  EXPECT_THAT(tables.users, IsEmpty());
  EXPECT_EQ(tables.database, "*");
  EXPECT_THAT(tables.tables, ElementsAre("t", "u"));
  EXPECT_TRUE(tables.statements.contains(StatementType::copy_to));
  EXPECT_TRUE(tables.statements.contains(StatementType::lock));
  EXPECT_FALSE(tables.statements.contains(StatementType::insert));
  EXPECT_EQ(tables.action, PolicyAction::allow);
  EXPECT_EQ(tables.reason, "why");
  const PolicyRule& function = config->policies[1];
  EXPECT_EQ(function.id, "f");
  EXPECT_EQ(function.schema, "s");
  EXPECT_EQ(function.function, "report_*");
  EXPECT_THAT(function.tables, IsEmpty());
  EXPECT_EQ(function.statements, StatementSet::all());
}

TEST(Values, ARuleWithoutATableSpeaksOfEveryOne) {
  const auto config = sound("[[policies]]\nusers = [\"*\"]\naction = \"block\"\n");
  EXPECT_THAT(config->policies.at(0).tables, ElementsAre("*"));
}

TEST(Values, OfTheAudit) {
  const auto config = sound(R"(
[audit]
queue_capacity = 16
log_sql = "raw"
[audit.file]
path = "/var/log/a.jsonl"
rotate_size = "0"
rotate_daily = false
keep = 0
compress = false
chain = false
format = "native"
)");
  EXPECT_EQ(config->audit.queue_capacity, 16U);
  EXPECT_EQ(config->audit.log_sql, AuditSql::raw);
  const AuditFile expected{"/var/log/a.jsonl", 0, false, 0, false, false, AuditFormat::native};
  EXPECT_EQ(config->audit.file, expected);
}

TEST(Values, EveryExampleInConfIsSound) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SP_SOURCE_DIR "/conf")) {
    if (entry.path().extension() != ".toml") continue;
    ++files;
    const LoadResult result = load_config(entry.path());
    EXPECT_THAT(texts(result.faults), IsEmpty()) << entry.path();
    EXPECT_THAT(texts(result.warnings), IsEmpty()) << entry.path();
  }
  EXPECT_GE(files, 3);
}

TEST(Values, AFileThatCannotBeReadIsAFault) {
  for (const char* const path : {"/no/such.toml", "/"}) {
    const LoadResult result = load_config(path);
    ASSERT_EQ(result.faults.size(), 1U);
    EXPECT_EQ(result.faults[0].text(), std::string(path) + ":1:1: the file cannot be read");
    EXPECT_EQ(result.config, nullptr);
  }
}

}  // namespace
}  // namespace sqlproxy::config::test
