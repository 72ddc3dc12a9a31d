#include "wire/scram_client.hpp"

#include <gtest/gtest.h>

#include "tests/unit/wire/scram_exchange.hpp"
#include "wire/base64.hpp"

namespace sqlproxy::wire {
namespace {

using testing::exchange;
using testing::ScramMessage;

constexpr std::string_view kNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kFullNonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string kSalt = "salt of a verifier";

ScramClient::Config with_password(std::string password) {
  ScramClient::Config config;
  config.credentials = core::Secret(std::move(password));
  return config;
}

ScramServer::Config server_for(std::string_view password, std::uint32_t iterations = 10) {
  ScramServer::Config config;
  config.user = "user";
  config.verifier = ScramVerifier::from_password(password, kSalt, iterations);
  return config;
}

std::string sqlstate_of(const std::optional<core::Error>& error) {
  return error ? std::string(error->sqlstate.text()) : "00000";
}

// A client that waits for the server-first-message.
ScramClient started(ScramClient::Config config = with_password("pencil")) {
  config.nonce = kNonce;
  ScramClient client(std::move(config));
  const auto offered = ScramServer::mechanisms(false);
  EXPECT_TRUE(client.start(offered));
  return client;
}

std::string continue_state(std::string_view server_first) {
  ScramClient client = started();
  const auto reply = client.handle_continue(server_first);
  return reply ? "00000" : std::string(reply.error().sqlstate.text());
}

// The messages of RFC 7677, section 3, but for the name, which we leave to the startup packet.
TEST(ScramClient, AnswersTheVectorOfTheRfc) {
  ScramClient::Config config = with_password("pencil");
  config.nonce = kNonce;
  ScramClient client(config);
  const auto offered = ScramServer::mechanisms(false);
  const auto initial = client.start(offered);
  ASSERT_TRUE(initial);
  EXPECT_EQ(initial->mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(initial->data, "n,,n=,r=rOprNGfwEbeRWgbNEkqO");
  const auto response = client.handle_continue("r=" + std::string(kFullNonce) + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->starts_with("c=biws,r=" + std::string(kFullNonce) + ",p="));
  EXPECT_FALSE(client.finished());
}

TEST(ScramClient, LogsInToOurServer) {
  for (const char* password : {"pencil", "I\u00ADX", "p\u00E4ssw\u00F6rd", "\xff raw \x80", "with, = comma"}) {
    ScramServer server(server_for(password));
    ScramClient client(with_password(password));
    EXPECT_TRUE(exchange(server, client, false).succeeded()) << password;
    EXPECT_TRUE(client.finished());
  }
}

TEST(ScramClient, PasswordsThatPrepareAlikeAreAlike) {
  ScramServer server(server_for("IX"));
  ScramClient client(with_password("\u2168"));
  EXPECT_TRUE(exchange(server, client, false).succeeded());
}

TEST(ScramClient, WrongPasswordIsForTheServerToRefuse) {
  ScramServer server(server_for("pencil"));
  ScramClient client(with_password("Pencil"));
  const auto outcome = exchange(server, client, false);
  EXPECT_EQ(sqlstate_of(outcome.server_error), "28P01");
  EXPECT_FALSE(client.finished());
}

TEST(ScramClient, BindsToTheCertificateWhereOffered) {
  ScramServer::Config server_config = server_for("pencil");
  server_config.channel_binding = {true, "hash"};
  ScramClient::Config config = with_password("pencil");
  config.certificate_hash = "hash";
  config.binding = ScramClient::BindingPolicy::require;
  ScramServer server(server_config);
  ScramClient client(config);
  EXPECT_TRUE(exchange(server, client, true).succeeded());

  config.certificate_hash = "hash of the man in the middle";
  ScramServer same_server(server_config);
  ScramClient deceived(config);
  EXPECT_EQ(sqlstate_of(exchange(same_server, deceived, true).server_error), "28000");
}

TEST(ScramClient, DowngradeFromPlusIsNoticed) {
  ScramServer::Config server_config = server_for("pencil");
  server_config.channel_binding = {true, "hash"};
  ScramClient::Config config = with_password("pencil");
  config.certificate_hash = "hash";
  // The server offers PLUS, but its offer is cut on the way.
  ScramServer server(server_config);
  ScramClient client(config);
  EXPECT_EQ(sqlstate_of(exchange(server, client, false).server_error), "28000");
  config.binding = ScramClient::BindingPolicy::require;
  ScramServer other(server_config);
  ScramClient strict(config);
  EXPECT_EQ(sqlstate_of(exchange(other, strict, false).client_error), "0A000");
}

TEST(ScramClient, SaysYWhereTheServerHasNoPlus) {
  ScramClient::Config config = with_password("pencil");
  config.certificate_hash = "hash";
  ScramServer server(server_for("pencil"));
  ScramClient client(config);
  EXPECT_TRUE(exchange(server, client, false).succeeded());
}

TEST(ScramClient, PlusNeedsACertificate) {
  const std::vector<std::string_view> only_plus{"SCRAM-SHA-256-PLUS"};
  ScramClient client(with_password("pencil"));
  const auto initial = client.start(only_plus);
  ASSERT_FALSE(initial);
  EXPECT_EQ(initial.error().sqlstate.text(), "0A000");
  ScramClient::Config config = with_password("pencil");
  config.binding = ScramClient::BindingPolicy::require;
  ScramClient strict(config);
  EXPECT_FALSE(strict.start(only_plus));
}

TEST(ScramClient, NothingThatIsSpoken) {
  const std::vector<std::string_view> offered{"OAUTHBEARER", "SCRAM-SHA-1"};
  ScramClient client(with_password("pencil"));
  EXPECT_FALSE(client.start(offered));
}

TEST(ScramClient, KeysOfAnEarlierLogInAreEnough) {
  ScramServer front(server_for("pencil"));
  ScramClient user(with_password("pencil"));
  ASSERT_TRUE(exchange(front, user, false).succeeded());

  // What the proxy knows after its client logged in.
  const ScramClient::Keys keys{front.client_key(), front.verifier().server_key, front.verifier().salt,
                               front.verifier().iterations};
  ScramClient::Config config;
  config.credentials = keys;
  ScramServer back(server_for("pencil"));
  ScramClient client(config);
  EXPECT_TRUE(exchange(back, client, false).succeeded());

  ScramServer recounted(server_for("pencil", 11));
  ScramClient stale(config);
  EXPECT_EQ(sqlstate_of(exchange(recounted, stale, false).client_error), "28P01");

  ScramServer::Config resalted = server_for("pencil");
  resalted.verifier = ScramVerifier::from_password("pencil", "another salt", 10);
  ScramServer other(resalted);
  ScramClient stale_too(config);
  EXPECT_EQ(sqlstate_of(exchange(other, stale_too, false).client_error), "28P01");
}

TEST(ScramClient, KeysCanBeKeptForTheNextLogIn) {
  ScramServer server(server_for("pencil"));
  ScramClient first(with_password("pencil"));
  ASSERT_TRUE(exchange(server, first, false).succeeded());
  ScramClient::Config config;
  config.credentials = first.keys();
  ScramServer again(server_for("pencil"));
  ScramClient second(config);
  EXPECT_TRUE(exchange(again, second, false).succeeded());
}

TEST(ScramClient, EveryChangeOnTheWayIsNoticed) {
  for (const auto which : {ScramMessage::client_first, ScramMessage::server_first, ScramMessage::client_final,
                           ScramMessage::server_final}) {
    std::size_t size = 1;
    for (std::size_t at = 0; at < size; ++at) {
      ScramServer server(server_for("pencil", 1));
      ScramClient client(with_password("pencil"));
      const auto outcome = exchange(server, client, false, [&](ScramMessage message, std::string& text) {
        if (message != which) return;
        size = text.size();
        text[at] = static_cast<char>(text[at] ^ 1);
      });
      EXPECT_FALSE(outcome.succeeded()) << static_cast<int>(which) << " at " << at;
      EXPECT_FALSE(client.finished());
    }
  }
}

TEST(ScramClient, MalformedServerFirst) {
  const std::string nonce = "r=" + std::string(kFullNonce);
  EXPECT_EQ(continue_state(nonce + ",s=c2FsdA==,i=1"), "00000");
  EXPECT_EQ(continue_state(nonce + ",s=c2FsdA==,i=1,x=y"), "00000");
  for (const std::string& message :
       {std::string(), std::string("r="), nonce, nonce + ",s=c2FsdA==", nonce + ",s=,i=1", nonce + ",s=c2FsdA,i=1",
        nonce + ",i=1,s=c2FsdA==", nonce + ",s=c2FsdA==,i=", nonce + ",s=c2FsdA==,i=0", nonce + ",s=c2FsdA==,i=-1",
        nonce + ",s=c2FsdA==,i=1x", nonce + ",s=c2FsdA==,i=2147483648", nonce + ",s=c2FsdA==,i=1,",
        nonce + ",s=c2FsdA==,i=1,junk", "r=" + std::string(kNonce) + ",s=c2FsdA==,i=1",
        std::string("r=somebody else's,s=c2FsdA==,i=1"), nonce + std::string(1024, 'r') + ",s=c2FsdA==,i=1"}) {
    EXPECT_EQ(continue_state(message), "08P01") << message;
  }
  EXPECT_EQ(continue_state("m=x," + nonce + ",s=c2FsdA==,i=1"), "0A000");
}

TEST(ScramClient, IterationsAreCapped) {
  ScramClient::Config config = with_password("pencil");
  config.max_iterations = 100;
  ScramServer server(server_for("pencil", 101));
  ScramClient client(config);
  EXPECT_EQ(sqlstate_of(exchange(server, client, false).client_error), "54000");
}

TEST(ScramClient, TheServerHasToProveItselfToo) {
  const auto final_state = [](std::string_view server_final) {
    ScramClient client = started();
    EXPECT_TRUE(client.handle_continue("r=" + std::string(kFullNonce) + ",s=c2FsdA==,i=1"));
    const auto status = client.handle_final(server_final);
    EXPECT_FALSE(client.finished());
    return status ? "00000" : std::string(status.error().sqlstate.text());
  };
  EXPECT_EQ(final_state("e=invalid-proof"), "28P01");
  EXPECT_EQ(final_state("v=" + base64_encode(std::string(32, '\0'))), "28000");
  EXPECT_EQ(final_state("v="), "28000");
  EXPECT_EQ(final_state("v=not base64"), "08P01");
  EXPECT_EQ(final_state(""), "08P01");
  EXPECT_EQ(final_state("x=1"), "08P01");
}

TEST(ScramClient, StepsComeInOrder) {
  const auto offered = ScramServer::mechanisms(false);
  ScramClient client(with_password("pencil"));
  EXPECT_FALSE(client.handle_final("v="));
  EXPECT_FALSE(client.handle_continue("r=x,s=c2FsdA==,i=1"));
  ASSERT_TRUE(client.start(offered));
  EXPECT_FALSE(client.start(offered));
  EXPECT_FALSE(client.handle_final("v="));
  EXPECT_FALSE(client.finished());
}

}  // namespace
}  // namespace sqlproxy::wire
