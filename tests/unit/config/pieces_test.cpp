// The small readers that the sections are made of.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "config/address_range.hpp"
#include "config/loading/listen_text.hpp"
#include "config/loading/nearest.hpp"
#include "config/loading/units.hpp"
#include "config/loading/verifier_syntax.hpp"
#include "config/reload.hpp"
#include "config/statement_set.hpp"
#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using namespace std::chrono_literals;
using namespace loading;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Units, Durations) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("1h"), 1h);
  EXPECT_EQ(parse_duration("2d"), 48h);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("0"), 0ms);
  for (const char* const bad : {"", "s", "5", "-5s", "+5s", "5 s", " 5s", "5S", "1.5s", "5sec", "1m30s", "0x5s",
                                "99999999999999999999s", "18446744073709551615d", "36501d"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(Units, Sizes) {
  EXPECT_EQ(parse_size("512B"), 512U);
  EXPECT_EQ(parse_size("64KiB"), 65536U);
  EXPECT_EQ(parse_size("1MiB"), 1048576U);
  EXPECT_EQ(parse_size("2GiB"), 2147483648U);
  EXPECT_EQ(parse_size("0"), 0U);
  for (const char* const bad : {"", "1", "1KB", "1kib", "1 MiB", "-1B", "18014398509481984GiB", "8388609GiB"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(Nearest, PrefersFewEdits) {
  constexpr std::string_view kKeys[] = {"listen", "threads", "login_timeout"};
  EXPECT_EQ(nearest("lisen", kKeys), "listen");
  EXPECT_EQ(nearest("lsiten", kKeys), "listen");
  EXPECT_EQ(nearest("thread", kKeys), "threads");
  EXPECT_EQ(nearest("login_timeuot", kKeys), "login_timeout");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kKeys), "listen");
  EXPECT_EQ(nearest("x", {}), "");
  // A swap of neighbours is one edit, not two.
  constexpr std::string_view kClose[] = {"bxx", "ba"};
  EXPECT_EQ(nearest("ab", kClose), "ba");
}

TEST(ListenText, AcceptsTheThreeForms) {
  const auto tcp = parse_listen("127.0.0.1:6432", "/base");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(*tcp, (ListenAddress{ListenAddress::Kind::tcp, "127.0.0.1", "", 6432}));
  const auto v6 = parse_listen("[::1]:1", "/base");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->text(), "[::1]:1");
  const auto socket = parse_listen("unix:run/../sp:65535", "/base");
  ASSERT_TRUE(socket);
  EXPECT_EQ(socket->socket_path(), "/base/sp/.s.PGSQL.65535");
}

TEST(ListenText, RefusesTheRest) {
  for (const char* const bad :
       {"",          ":",     ":5",      "host",        "host:",   "host:0", "host:65536", "host:-1",
        "host:5x",   "a b:5", "1.2.3:5", "1.2.3.400:5", "[::g]:5", "[::1:5", "::1:5",      "[127.0.0.1]:5",
        "unix:/run", "unix:", "unix::5", "host/:5",     "ho\nst:5"}) {
    EXPECT_FALSE(parse_listen(bad, "/base")) << bad;
  }
  EXPECT_TRUE(parse_listen("unix:/" + std::string(91, 'x') + ":65535", "/"));
  EXPECT_FALSE(parse_listen("unix:/" + std::string(92, 'x') + ":65535", "/"));
}

std::vector<std::uint8_t> v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {a, b, c, d};
}

TEST(AddressRange, ContainsWhatThePrefixCovers) {
  const auto range = *AddressRange::parse("10.32.0.0/11");
  EXPECT_TRUE(range.contains(v4(10, 32, 0, 0)));
  EXPECT_TRUE(range.contains(v4(10, 63, 255, 255)));
  EXPECT_FALSE(range.contains(v4(10, 64, 0, 0)));
  EXPECT_FALSE(range.contains(v4(10, 31, 255, 255)));
  EXPECT_TRUE(AddressRange::parse("0.0.0.0/0")->contains(v4(255, 1, 2, 3)));
  EXPECT_TRUE(AddressRange::parse("192.0.2.7")->contains(v4(192, 0, 2, 7)));
  EXPECT_FALSE(AddressRange::parse("192.0.2.7")->contains(v4(192, 0, 2, 6)));
}

TEST(AddressRange, SeesThroughMappedAddresses) {
  std::vector<std::uint8_t> mapped(16, 0);
  mapped[10] = mapped[11] = 0xFF;
  mapped[12] = 10;
  EXPECT_TRUE(AddressRange::parse("10.0.0.0/8")->contains(mapped));
  EXPECT_TRUE(AddressRange::parse("::/0")->contains(mapped));
  mapped[12] = 11;
  EXPECT_FALSE(AddressRange::parse("10.0.0.0/8")->contains(mapped));
  std::vector<std::uint8_t> loopback(16, 0);
  loopback[15] = 1;
  EXPECT_TRUE(AddressRange::parse("::1")->contains(loopback));
  EXPECT_FALSE(AddressRange::parse("0.0.0.0/0")->contains(loopback));
  EXPECT_FALSE(AddressRange::parse("::/0")->contains(v4(10, 0, 0, 1)));
  EXPECT_FALSE(AddressRange::parse("::/0")->contains({}));
}

TEST(AddressRange, RefusesTheMalformed) {
  for (const std::string_view bad : {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8",
                                     "::1/129", "::1/64", "10.0.0", "localhost", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(AddressRange::parse(bad)) << bad;
  }
  EXPECT_FALSE(AddressRange::parse(std::string_view("10.0.0.1\0x", 10)));
}

TEST(StatementSet, Groups) {
  const StatementSet dml = *StatementSet::from_name("DML");
  EXPECT_TRUE(dml.contains(*StatementSet::from_name("READ")));
  EXPECT_TRUE(dml.contains(*StatementSet::from_name("WRITE")));
  EXPECT_TRUE(dml.contains(StatementType::lock));
  EXPECT_FALSE(dml.contains(StatementType::execute));
  EXPECT_FALSE(StatementSet::from_name("READ")->contains(StatementType::merge));
  EXPECT_TRUE(StatementSet::from_name("WRITE")->contains(StatementType::copy_from));
  for (std::size_t i = 0; i < kStatementTypes; ++i) {
    const auto type = static_cast<StatementType>(i);
    EXPECT_EQ(StatementSet::all().contains(type), type != StatementType::server_file);
    const auto single = StatementSet::from_name(statement_type_name(type));
    ASSERT_TRUE(single) << statement_type_name(type);
    EXPECT_TRUE(single->contains(type));
  }
  EXPECT_FALSE(StatementSet::from_name("select"));
  EXPECT_FALSE(StatementSet::from_name(""));
}

TEST(StatementSet, KnowsSessionByItsName) {
  EXPECT_FALSE(StatementSet::from_name("ALL")->names_session());
  EXPECT_TRUE(StatementSet::from_name("SESSION")->names_session());
  StatementSet both = StatementSet::all();
  both.add(*StatementSet::from_name("SESSION"));
  EXPECT_TRUE(both.names_session());
}

TEST(VerifierSyntax, TellsTheForms) {
  EXPECT_EQ(verifier_kind(kVerifier), VerifierKind::scram_sha_256);
  EXPECT_EQ(verifier_kind("md50123456789abcdef0123456789abcdef"), VerifierKind::md5);
  const std::string key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const std::string salt = "AAECAwQFBgcICQoLDA0ODw==";
  for (const std::string& bad :
       {std::string(), std::string("md5"), std::string("md50123456789ABCDEF0123456789abcdef"), std::string("md50"),
        "SCRAM-SHA-256$0:" + salt + "$" + key + ":" + key, "SCRAM-SHA-256$-1:" + salt + "$" + key + ":" + key,
        "SCRAM-SHA-256$4096x:" + salt + "$" + key + ":" + key, "SCRAM-SHA-256$4096:$" + key + ":" + key,
        "SCRAM-SHA-256$4096:AAE$" + key + ":" + key, "SCRAM-SHA-256$4096:" + salt + "$" + key + ":",
        "SCRAM-SHA-256$4096:" + salt + "$" + key + "A:" + key,
        "SCRAM-SHA-256$4096:" + salt + "$" + key + ":" + key + ":", "SCRAM-SHA-1$4096:" + salt + "$" + key + ":" + key,
        "SCRAM-SHA-256$4096:" + salt + "$" + key.substr(0, 43) + "*:" + key}) {
    EXPECT_EQ(verifier_kind(bad), VerifierKind::none) << bad;
  }
}

TEST(Reload, OnlyListenersAndThreadsNeedARestart) {
  const auto running = load("[server]\nlisten = [\"a:1\"]\nthreads = 1\n").config;
  const auto others =
      load("[server]\nlisten = [\"a:1\"]\nthreads = 1\nmax_clients = 5\n[audit]\nlog_sql = \"raw\"\n").config;
  const auto both = load("[server]\nlisten = [\"a:2\"]\nthreads = 2\n").config;
  ASSERT_TRUE(running && others && both);
  EXPECT_THAT(restart_needed(*running, *others), IsEmpty());
  EXPECT_THAT(restart_needed(*running, *both), ElementsAre("server.listen", "server.threads"));
}

}  // namespace
}  // namespace sqlproxy::config::test
