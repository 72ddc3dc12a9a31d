#include "wire/scram_server.hpp"

#include <gtest/gtest.h>

#include "tests/unit/wire/codec_checks.hpp"
#include "wire/base64.hpp"
#include "wire/scram_crypto.hpp"

namespace sqlproxy::wire {
namespace {

// RFC 7677, section 3.
constexpr std::string_view kClientNonce = "rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kClientFirst = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view kServerFirst =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr std::string_view kClientFinalWithoutProof = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr std::string_view kProof = ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr std::string_view kServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

constexpr std::string_view kVerifier =
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
    "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

ScramServer::Config config_of_the_rfc() {
  ScramServer::Config config;
  config.user = "user";
  config.verifier = ScramVerifier::parse(kVerifier);
  config.mock_secret = core::Secret("mock");
  config.nonce = kServerNonce;
  return config;
}

ScramServer::Config with_plus(std::string hash = "a certificate's hash") {
  ScramServer::Config config = config_of_the_rfc();
  config.channel_binding = {true, std::move(hash)};
  return config;
}

std::string client_final() {
  return std::string(kClientFinalWithoutProof) + std::string(kProof);
}

// A right client-final-message for any exchange with the password of the RFC.
std::string proven(std::string_view client_first_bare, std::string_view server_first, std::string_view without_proof) {
  const std::string auth_message =
      std::string(client_first_bare) + "," + std::string(server_first) + "," + std::string(without_proof);
  const auto keys = scram::derive_keys("pencil", *base64_decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
  const core::Secret signature = scram::hmac_sha256(scram::sha256(keys.client_key.reveal()), auth_message);
  return std::string(without_proof) +
         ",p=" + base64_encode(scram::exclusive_or(keys.client_key.reveal(), signature.reveal()).reveal());
}

std::string sqlstate_of(const core::Result<ScramServer::Reply>& reply) {
  return reply ? "00000" : std::string(reply.error().sqlstate.text());
}

std::string initial_state(ScramServer::Config config, std::string_view data,
                          std::string_view mechanism = "SCRAM-SHA-256") {
  ScramServer server(std::move(config));
  return sqlstate_of(server.handle_initial({mechanism, data}));
}

std::string final_state(std::string_view client_final_message) {
  ScramServer server(config_of_the_rfc());
  EXPECT_TRUE(server.handle_initial({"SCRAM-SHA-256", kClientFirst}));
  return sqlstate_of(server.handle_response(client_final_message));
}

TEST(ScramServer, VectorOfTheRfc) {
  ScramServer server(config_of_the_rfc());
  const auto challenge = server.handle_initial({"SCRAM-SHA-256", kClientFirst});
  ASSERT_TRUE(challenge);
  EXPECT_FALSE(challenge->done);
  EXPECT_EQ(challenge->data, kServerFirst);
  const auto outcome = server.handle_response(client_final());
  ASSERT_TRUE(outcome) << outcome.error().detail;
  EXPECT_TRUE(outcome->done);
  EXPECT_EQ(outcome->data, kServerFinal);
  EXPECT_EQ(scram::sha256(server.client_key().reveal()).reveal(), server.verifier().stored_key.reveal());
}

TEST(ScramServer, OffersTheStrongestFirst) {
  EXPECT_EQ(ScramServer::mechanisms(false), (std::vector<std::string_view>{"SCRAM-SHA-256"}));
  EXPECT_EQ(ScramServer::mechanisms(true), (std::vector<std::string_view>{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}));
}

TEST(ScramServer, NonceIsNewEachTime) {
  ScramServer::Config config = config_of_the_rfc();
  config.nonce.clear();
  ScramServer a(config);
  ScramServer b(config);
  const auto first = a.handle_initial({"SCRAM-SHA-256", kClientFirst});
  const auto second = b.handle_initial({"SCRAM-SHA-256", kClientFirst});
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->data, second->data);
  EXPECT_TRUE(first->data.starts_with("r=" + std::string(kClientNonce)));
  EXPECT_EQ(first->data.find(",s="), 2 + kClientNonce.size() + 24);
}

TEST(ScramServer, WithoutAnInitialResponseTheChallengeIsEmpty) {
  ScramServer server(config_of_the_rfc());
  const auto empty = server.handle_initial({"SCRAM-SHA-256", std::nullopt});
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->done);
  EXPECT_EQ(empty->data, "");
  const auto challenge = server.handle_response(kClientFirst);
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->data, kServerFirst);
  EXPECT_TRUE(server.handle_response(client_final()));
}

TEST(ScramServer, MechanismsThatWereNotOffered) {
  EXPECT_EQ(initial_state(config_of_the_rfc(), kClientFirst, "SCRAM-SHA-256-PLUS"), "08P01");
  EXPECT_EQ(initial_state(config_of_the_rfc(), "p=tls-server-end-point,,n=,r=abc", "SCRAM-SHA-256-PLUS"), "08P01");
  EXPECT_EQ(initial_state(config_of_the_rfc(), kClientFirst, "SCRAM-SHA-1"), "08P01");
  EXPECT_EQ(initial_state(config_of_the_rfc(), kClientFirst, "scram-sha-256"), "08P01");
  EXPECT_EQ(initial_state(config_of_the_rfc(), kClientFirst, ""), "08P01");
}

TEST(ScramServer, MalformedClientFirst) {
  for (const char* message : {"",
                              "n",
                              "n,",
                              "n,,",
                              "n,,n",
                              "n,,n=user",
                              "n,,n=user,",
                              "n,,n=user,r",
                              "n,,r=abc",
                              "n,,n=user,r=",
                              "n,,n=user,r=a b",
                              "n,,n=user,r=a\x7f",
                              "n,,n=user,r=\xc3\xa9",
                              "n,,n=user,r=abc,",
                              "n,,n=user,r=abc,x",
                              "n,,n=user,r=abc,1=x",
                              "x,,n=user,r=abc",
                              "nn,,n=user,r=abc",
                              "n,b,n=user,r=abc",
                              ",,n=user,r=abc",
                              "p,,n=user,r=abc",
                              "n,, n=user,r=abc"}) {
    EXPECT_EQ(initial_state(config_of_the_rfc(), message), "08P01") << message;
  }
  EXPECT_EQ(initial_state(config_of_the_rfc(), testing::bytes("n,,n=user,r=abc\0")), "08P01");
  EXPECT_EQ(initial_state(config_of_the_rfc(), testing::bytes("n,,n=us\0er,r=abc")), "08P01");
  EXPECT_EQ(initial_state(config_of_the_rfc(), "n,,n=,r=" + std::string(1016, 'r')), "00000");
  EXPECT_EQ(initial_state(config_of_the_rfc(), "n,,n=,r=" + std::string(1017, 'r')), "08P01");
}

TEST(ScramServer, UnsupportedRequests) {
  EXPECT_EQ(initial_state(config_of_the_rfc(), "n,a=admin,n=user,r=abc"), "0A000");
  EXPECT_EQ(initial_state(config_of_the_rfc(), "n,,m=x,n=user,r=abc"), "0A000");
}

TEST(ScramServer, UnknownAttributesAreSkipped) {
  EXPECT_EQ(initial_state(config_of_the_rfc(), "n,,n=user,r=abc,x=1,y="), "00000");
  ScramServer server(config_of_the_rfc());
  const auto challenge = server.handle_initial({"SCRAM-SHA-256", "n,,n=user,r=abc,x=1"});
  ASSERT_TRUE(challenge);
  const std::string without_proof = "c=biws,r=abc" + std::string(kServerNonce) + ",x=1";
  EXPECT_TRUE(server.handle_response(proven("n=user,r=abc,x=1", challenge->data, without_proof)));
}

TEST(ScramServer, TheNameInsideDoesNotCount) {
  ScramServer server(config_of_the_rfc());
  const auto challenge = server.handle_initial({"SCRAM-SHA-256", "n,,n=someone=2Celse,r=abc"});
  ASSERT_TRUE(challenge);
  const std::string without_proof = "c=biws,r=abc" + std::string(kServerNonce);
  EXPECT_TRUE(server.handle_response(proven("n=someone=2Celse,r=abc", challenge->data, without_proof)));
}

TEST(ScramServer, EveryTruncationOfClientFinalIsRefused) {
  const std::string message = client_final();
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_EQ(final_state(message.substr(0, size)), "08P01") << message.substr(0, size);
  }
}

TEST(ScramServer, EveryChangedByteOfClientFinalIsRefused) {
  const std::string message = client_final();
  for (std::size_t at = 0; at < message.size(); ++at) {
    for (const char flip : {'\x01', '\x20', '\x80'}) {
      std::string changed = message;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      EXPECT_NE(final_state(changed), "00000") << changed;
    }
  }
}

TEST(ScramServer, MalformedClientFinal) {
  const std::string without_proof(kClientFinalWithoutProof);
  const std::string proof(kProof);
  EXPECT_EQ(final_state(without_proof + proof + ","), "08P01");
  EXPECT_EQ(final_state(without_proof + proof + ",x=1"), "08P01");
  EXPECT_EQ(final_state(without_proof + ",p=AAAA"), "08P01");
  EXPECT_EQ(final_state(without_proof + ",p=" + std::string(44, 'A')), "08P01");
  EXPECT_EQ(final_state(without_proof + ",p=!" + proof.substr(4)), "08P01");
  EXPECT_EQ(final_state("c=eSws" + without_proof.substr(6) + proof), "08P01");
  EXPECT_EQ(final_state("c=" + without_proof.substr(6) + proof), "08P01");
  EXPECT_EQ(final_state("r=x," + without_proof + proof), "08P01");
  EXPECT_EQ(final_state("c=biws,r=" + std::string(kClientNonce) + proof), "08P01");
  EXPECT_EQ(final_state(without_proof + "x" + proof), "08P01");
  EXPECT_EQ(final_state(without_proof + ",x=" + std::string(1024, 'x') + proof), "08P01");
}

TEST(ScramServer, WrongPassword) {
  ScramServer server(config_of_the_rfc());
  ASSERT_TRUE(server.handle_initial({"SCRAM-SHA-256", kClientFirst}));
  const auto outcome =
      server.handle_response(std::string(kClientFinalWithoutProof) + ",p=" + std::string(43, 'A') + "=");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().sqlstate.text(), "28P01");
  EXPECT_EQ(outcome.error().message, "password authentication failed for user \"user\"");
  EXPECT_TRUE(server.client_key().empty());
}

TEST(ScramServer, UnknownUsersLookLikeOthers) {
  ScramServer::Config config = config_of_the_rfc();
  config.verifier.reset();
  const auto challenge_of = [&] {
    ScramServer server(config);
    return server.handle_initial({"SCRAM-SHA-256", kClientFirst})->data;
  };
  const std::string challenge = challenge_of();
  EXPECT_EQ(challenge, challenge_of());
  EXPECT_EQ(challenge.size(), kServerFirst.size());
  EXPECT_TRUE(challenge.ends_with(",i=4096"));

  ScramServer server(config);
  ASSERT_TRUE(server.handle_initial({"SCRAM-SHA-256", kClientFirst}));
  const auto outcome = server.handle_response(client_final());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().message, "password authentication failed for user \"user\"");
  EXPECT_EQ(outcome.error().sqlstate.text(), "28P01");
}

TEST(ScramServer, AnswersNothingAfterAFailure) {
  ScramServer server(config_of_the_rfc());
  EXPECT_EQ(sqlstate_of(server.handle_initial({"SCRAM-SHA-256", "x"})), "08P01");
  EXPECT_EQ(sqlstate_of(server.handle_initial({"SCRAM-SHA-256", kClientFirst})), "08P01");
  EXPECT_EQ(sqlstate_of(server.handle_response(kClientFirst)), "08P01");
}

TEST(ScramServer, AnswersNothingOutOfOrder) {
  ScramServer server(config_of_the_rfc());
  EXPECT_EQ(sqlstate_of(server.handle_response(kClientFirst)), "08P01");
  ScramServer finished(config_of_the_rfc());
  ASSERT_TRUE(finished.handle_initial({"SCRAM-SHA-256", kClientFirst}));
  EXPECT_EQ(sqlstate_of(finished.handle_initial({"SCRAM-SHA-256", kClientFirst})), "08P01");
  ASSERT_TRUE(finished.handle_response(client_final()));
  EXPECT_EQ(sqlstate_of(finished.handle_response(client_final())), "08P01");
}

TEST(ScramServer, ChannelBindingFlags) {
  // (mechanism, flag) against what was advertised: protocol.md 2.3.1.
  const std::string rest = ",,n=user,r=abc";
  EXPECT_EQ(initial_state(config_of_the_rfc(), "n" + rest), "00000");
  EXPECT_EQ(initial_state(config_of_the_rfc(), "y" + rest), "00000");
  EXPECT_EQ(initial_state(config_of_the_rfc(), "p=tls-server-end-point" + rest), "08P01");
  EXPECT_EQ(initial_state(with_plus(), "n" + rest), "00000");
  EXPECT_EQ(initial_state(with_plus(), "y" + rest), "28000");
  EXPECT_EQ(initial_state(with_plus(), "p=tls-server-end-point" + rest), "08P01");
  EXPECT_EQ(initial_state(with_plus(), "n" + rest, "SCRAM-SHA-256-PLUS"), "08P01");
  EXPECT_EQ(initial_state(with_plus(), "y" + rest, "SCRAM-SHA-256-PLUS"), "08P01");
  EXPECT_EQ(initial_state(with_plus(), "p=tls-server-end-point" + rest, "SCRAM-SHA-256-PLUS"), "00000");
  EXPECT_EQ(initial_state(with_plus(), "p=tls-unique" + rest, "SCRAM-SHA-256-PLUS"), "08P01");
  EXPECT_EQ(initial_state(with_plus(), "p=" + rest, "SCRAM-SHA-256-PLUS"), "08P01");
  EXPECT_EQ(initial_state(with_plus(), "p=tls-server-end-point,a=x,n=user,r=abc", "SCRAM-SHA-256-PLUS"), "0A000");
}

TEST(ScramServer, AcceptedYNeedsItsOwnHeader) {
  ScramServer server(config_of_the_rfc());
  const auto challenge = server.handle_initial({"SCRAM-SHA-256", "y,,n=user,r=abc"});
  ASSERT_TRUE(challenge);
  const std::string nonce = "abc" + std::string(kServerNonce);
  EXPECT_TRUE(server.handle_response(proven("n=user,r=abc", challenge->data, "c=eSws,r=" + nonce)));
  ScramServer other(config_of_the_rfc());
  ASSERT_TRUE(other.handle_initial({"SCRAM-SHA-256", "y,,n=user,r=abc"}));
  EXPECT_EQ(sqlstate_of(other.handle_response(proven("n=user,r=abc", challenge->data, "c=biws,r=" + nonce))), "08P01");
}

TEST(ScramServer, BindingDataHasToBeThatOfThisConnection) {
  const std::string header = "p=tls-server-end-point,,";
  const std::string nonce = "abc" + std::string(kServerNonce);
  const auto outcome_with = [&](std::string_view hash) {
    ScramServer server(with_plus());
    const auto challenge = server.handle_initial({"SCRAM-SHA-256-PLUS", header + "n=user,r=abc"});
    EXPECT_TRUE(challenge);
    const std::string without_proof = "c=" + base64_encode(header + std::string(hash)) + ",r=" + nonce;
    return sqlstate_of(server.handle_response(proven("n=user,r=abc", challenge->data, without_proof)));
  };
  EXPECT_EQ(outcome_with("a certificate's hash"), "00000");
  EXPECT_EQ(outcome_with("another certificate"), "28000");
  EXPECT_EQ(outcome_with(""), "28000");
}

}  // namespace
}  // namespace sqlproxy::wire
