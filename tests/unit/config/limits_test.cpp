// [limits], [tenants], breakers and the numbers of clients: values and faults.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Limits, OfEachLevel) {
  const auto config = sound(R"(
[limits]
global = { rate = 50000, burst = 60000 }
per_user = { rate = 0.5, burst = 1 }
per_database = { rate = 1, burst = 2 }
per_user_database = { rate = 3, burst = 4 }
logins_per_address = { rate = 20, burst = 100 }
[[limits.override]]
user = "etl"
rate = 5000
burst = 10000
[[limits.override]]
role = "batch"
rate = 7
burst = 8
[[limits.override]]
tenant = "default"
rate = 9
burst = 10
)");
  const Limits& limits = config->limits;
  EXPECT_EQ(limits.global->burst, 60000);
  EXPECT_EQ(limits.per_user->rate, 0.5);
  EXPECT_EQ(limits.per_database->burst, 2);
  EXPECT_EQ(limits.per_user_database->rate, 3);
  EXPECT_EQ(limits.logins_per_address->rate, 20);
  ASSERT_EQ(limits.overrides.size(), 3U);
  EXPECT_EQ(limits.overrides[0].name, "etl");
  EXPECT_EQ(limits.overrides[0].limit.burst, 10000);
  EXPECT_EQ(limits.overrides[1].of, LimitOverride::Of::role);
  EXPECT_EQ(limits.overrides[2].of, LimitOverride::Of::tenant);
}

TEST(Limits, FaultsAtTheirPlaces) {
  EXPECT_THAT(faults_of("[limits]\nglobal = { rate = 0, burst = 0.5 }\n[[limits.override]]\nuser = \"u\"\n"),
              ElementsAre(R"(2:19: "rate" must be greater than 0)", R"(2:30: "burst" must be 1 or more)",
                          R"(3:1: [[limits.override]] lacks "rate")", R"(3:1: [[limits.override]] lacks "burst")"));
  EXPECT_THAT(faults_of("[[limits.override]]\nrate = 1\nburst = 1\n"),
              ElementsAre(R"(1:1: [[limits.override]] needs one of "user", "role" and "tenant")"));
  EXPECT_THAT(faults_of("[[limits.override]]\nuser = \"u\"\nrole = \"r\"\nrate = 1\nburst = 1\n"),
              ElementsAre(R"(1:1: [[limits.override]] needs one of "user", "role" and "tenant")"));
}

TEST(Tenants, Values) {
  const auto config = sound(R"(
[databases.app]
user = "u"
max_in_flight = 200
server_connect_timeout = "3s"
breaker = { failures = 7, window = "20s", cooldown = "2s" }
[tenants.acme]
pool_size = 10
max_clients = 500
databases = ["app"]
limit = { rate = 2000, burst = 4000 }
breaker = { failures = 3 }
[tenants.empty]
)");
  const Database& app = config->databases.at("app");
  EXPECT_EQ(app.max_in_flight, 200U);
  EXPECT_EQ(app.server_connect_timeout, 3s);
  EXPECT_EQ(app.breaker->failures, 7U);
  EXPECT_EQ(app.breaker->cooldown, 2s);
  const Tenant& acme = config->tenants.at("acme");
  EXPECT_EQ(acme.pool_size, 10U);
  EXPECT_EQ(acme.max_clients, 500U);
  EXPECT_THAT(acme.databases, ElementsAre("app"));
  EXPECT_EQ(acme.limit->burst, 4000);
  EXPECT_EQ(acme.breaker->failures, 3U);
  EXPECT_EQ(acme.breaker->window, 10s);
  EXPECT_FALSE(config->tenants.at("empty").pool_size);
}

TEST(Tenants, FaultsAtTheirPlaces) {
  EXPECT_THAT(faults_of("[tenants.acme]\npool_size = 0\ndatabases = [\"x\"]\nlimt = 1\n"),
              ElementsAre(R"(2:13: "pool_size" must be from 1 to 100000)",
                          R"(3:14: [tenants.acme] names the database "x", which [databases] does not have)",
                          R"(4:1: unknown key "limt" in [tenants.acme]; did you mean "limit"?)"));
  EXPECT_THAT(faults_of("[databases.app]\nuser = \"u\"\nmax_in_flight = 0\nbreaker = { failures = 0 }\n"),
              ElementsAre(R"(3:17: "max_in_flight" must be from 1 to 1000000)",
                          R"(4:24: "failures" must be from 1 to 1000000)"));
}

TEST(ClientNumbers, Values) {
  const auto config = sound("[server]\nmax_clients_per_user = 50\nmax_clients_per_address = 20\n");
  EXPECT_EQ(config->server.max_clients_per_user, 50U);
  EXPECT_EQ(config->server.max_clients_per_address, 20U);
  EXPECT_FALSE(sound("")->server.max_clients_per_user);
}

}  // namespace
}  // namespace sqlproxy::config::test
