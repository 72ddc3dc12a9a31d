#include <gtest/gtest.h>

#include "tests/unit/wire/codec_checks.hpp"
#include "wire/md5_password.hpp"
#include "wire/password_verifier.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::wire {
namespace {

TEST(Md5Password, VerifierIsTheHashOfPasswordAndUser) {
  // md5("secretbob"), from md5sum(1).
  EXPECT_EQ(*md5_verifier("secret", "bob"), "md521f3163f8f86fa10bdefbfbd502a8f06");
}

TEST(Md5Password, ResponseAnswersOneChallenge) {
  const std::string verifier = *md5_verifier("secret", "bob");
  const std::string salt = testing::bytes("\1\0\xff\4");
  const std::string response = *md5_response(verifier, salt);
  EXPECT_EQ(response, "md564681101664aa7f5f8f3cb22607ae8b2");
  EXPECT_TRUE(check_md5_response(response, verifier, salt));
  EXPECT_FALSE(check_md5_response(response, verifier, testing::bytes("\1\0\xff\5")));
  EXPECT_FALSE(check_md5_response(response, *md5_verifier("secret", "eve"), salt));
  EXPECT_FALSE(check_md5_response(response.substr(0, 34), verifier, salt));
  EXPECT_FALSE(check_md5_response(verifier, verifier, salt));
  EXPECT_FALSE(check_md5_response("", verifier, salt));
}

TEST(VerifierKind, GoesByTheForm) {
  const std::string scram = ScramVerifier::from_password("pencil", "salt", 1).text();
  EXPECT_EQ(verifier_kind(scram), VerifierKind::scram_sha_256);
  EXPECT_EQ(verifier_kind(*md5_verifier("secret", "bob")), VerifierKind::md5);
  EXPECT_EQ(verifier_kind("pencil"), VerifierKind::plaintext);
  EXPECT_EQ(verifier_kind(""), VerifierKind::plaintext);
  EXPECT_EQ(verifier_kind("md5" + std::string(32, 'A')), VerifierKind::plaintext);
  EXPECT_EQ(verifier_kind("md5" + std::string(31, 'a')), VerifierKind::plaintext);
  EXPECT_EQ(verifier_kind("md5" + std::string(33, 'a')), VerifierKind::plaintext);
  EXPECT_EQ(verifier_kind(scram.substr(0, scram.size() - 1)), VerifierKind::plaintext);
}

// RFC 7677, section 3: user "user", password "pencil".
constexpr std::string_view kPencilSalt = "W22ZaJ0SNY7soEsUEjb6gQ==";

TEST(ScramVerifier, ReadsWhatPostgreSQLWrites) {
  const std::string text = "SCRAM-SHA-256$4096:" + std::string(kPencilSalt) +
                           "$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
  const auto verifier = ScramVerifier::parse(text);
  ASSERT_TRUE(verifier);
  EXPECT_EQ(verifier->iterations, 4096U);
  EXPECT_EQ(verifier->text(), text);
  EXPECT_EQ(ScramVerifier::from_password("pencil", verifier->salt).text(), text);
}

TEST(ScramVerifier, RefusesEverythingElse) {
  const std::string key = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=";
  const auto with = [&](const std::string& iterations, const std::string& salt, const std::string& stored,
                        const std::string& server) {
    return ScramVerifier::parse("SCRAM-SHA-256$" + iterations + ":" + salt + "$" + stored + ":" + server);
  };
  ASSERT_TRUE(with("4096", "c2FsdA==", key, key));
  for (const char* iterations : {"", "0", "-1", "+1", " 1", "1x", "0x10", "2147483648"}) {
    EXPECT_FALSE(with(iterations, "c2FsdA==", key, key)) << iterations;
  }
  EXPECT_FALSE(with("4096", "", key, key));
  EXPECT_FALSE(with("4096", "c2FsdA", key, key));
  EXPECT_FALSE(with("4096", "c2FsdA==", "c2FsdA==", key));
  EXPECT_FALSE(with("4096", "c2FsdA==", key, "c2FsdA=="));
  EXPECT_FALSE(with("4096", "c2FsdA==", key, key + "\n"));
  EXPECT_FALSE(with("4096", "c2FsdA==", key, key + ":" + key));
  EXPECT_FALSE(ScramVerifier::parse("SCRAM-SHA-1$4096:c2FsdA==$" + key + ":" + key));
  EXPECT_FALSE(ScramVerifier::parse(""));
  const std::string whole = "SCRAM-SHA-256$4096:c2FsdA==$" + key + ":" + key;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ScramVerifier::parse(whole.substr(0, size))) << size;
  }
}

TEST(ScramVerifier, NewOnesHaveSaltsOfTheirOwn) {
  const ScramVerifier a = ScramVerifier::from_password("pencil");
  const ScramVerifier b = ScramVerifier::from_password("pencil");
  EXPECT_EQ(a.salt.size(), kScramSaltSize);
  EXPECT_NE(a.salt, b.salt);
  EXPECT_EQ(ScramVerifier::from_password("pencil", a.salt).text(), a.text());
}

TEST(ScramVerifier, MocksAreStablePerUserAndSecret) {
  const core::Secret secret("a secret of the cluster");
  const ScramVerifier mock = ScramVerifier::mock("nobody", secret, 5000);
  EXPECT_EQ(mock.salt, ScramVerifier::mock("nobody", secret, 5000).salt);
  EXPECT_NE(mock.salt, ScramVerifier::mock("somebody", secret, 5000).salt);
  EXPECT_NE(mock.salt, ScramVerifier::mock("nobody", core::Secret("another"), 5000).salt);
  EXPECT_EQ(mock.salt.size(), kScramSaltSize);
  EXPECT_EQ(mock.iterations, 5000U);
}

}  // namespace
}  // namespace sqlproxy::wire
