#include "identity/key_file.hpp"

#include <gtest/gtest.h>

#include "tests/support/identity/token_maker.hpp"

namespace sqlproxy::identity {
namespace {

using test::IssuerKey;

// RFC 7517, appendix A.1: public keys, the first of which is for encryption.
const std::string kEncryptionKey =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"})";
const std::string kRsaKey =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";
const std::string kEd25519Key =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"ed"})";

std::string set_of(const std::string& keys) {
  return R"({"keys":[)" + keys + "]}";
}

// The message of the error, "" when there is none.
std::string fault_of(const std::string& text) {
  const auto keys = parse_keys(text);
  return keys ? std::string() : keys.error().message;
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
  const std::size_t place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return place == std::string::npos ? text : text.replace(place, from.size(), to);
}

TEST(KeyFile, ReadsAKeySet) {
  const auto keys = parse_keys("\n " + set_of(kEncryptionKey + ",\n" + kRsaKey + ',' + kEd25519Key) + "\n");
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->front().id, "2011-04-29");
  EXPECT_TRUE(keys->front().serves(JwtAlgorithm::rs256));
  EXPECT_FALSE(keys->front().serves(JwtAlgorithm::rs512));  // its "alg" says so
  EXPECT_EQ(keys->back().id, "ed");
}

TEST(KeyFile, ReadsOneKey) {
  const auto keys = parse_keys(kEd25519Key);
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), 1U);
}

TEST(KeyFile, PassesOverKeysOfOtherKindsAndForOtherEnds) {
  const std::string foreign = R"({"kty":"XYZ"},{"kty":"EC","crv":"secp256k1","x":"","y":""},)" +
                              changed(kRsaKey, R"("alg":"RS256")", R"("alg":"RSA-OAEP")") + ',' +
                              changed(kRsaKey, R"("alg":"RS256")", R"("key_ops":["encrypt"])") + ',';
  const auto keys = parse_keys(set_of(foreign + kEd25519Key));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->size(), 1U);
}

TEST(KeyFile, ReadsPem) {
  const std::string text = IssuerKey::rsa().public_pem() + "comment\n" + IssuerKey::elliptic("P-384").public_pem() +
                           IssuerKey::ed25519().public_pem();
  const auto keys = parse_keys(text);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 3U);
  EXPECT_TRUE(keys->at(0).serves(JwtAlgorithm::ps512));
  EXPECT_TRUE(keys->at(1).serves(JwtAlgorithm::es384));
  EXPECT_TRUE(keys->at(2).serves(JwtAlgorithm::eddsa));
}

TEST(KeyFile, TakesAllKeysOrNone) {
  EXPECT_EQ(fault_of(""), "it holds no public key for signatures");
  EXPECT_EQ(fault_of("no keys here"), "it holds no public key for signatures");
  EXPECT_EQ(fault_of(set_of("")), "it holds no public key for signatures");
  EXPECT_EQ(fault_of(set_of(kEncryptionKey)), "it holds no public key for signatures");
  EXPECT_EQ(fault_of("{"), "it is no sound JSON");
  EXPECT_EQ(fault_of(set_of(kRsaKey) + "x"), "it is no sound JSON");
  EXPECT_EQ(fault_of(R"({"keys":[],"keys":[]})"), "it is no sound JSON");
  EXPECT_EQ(fault_of(R"({"keys":"x"})"), "its \"keys\" are no array");
  EXPECT_EQ(fault_of(set_of(kRsaKey + ",1")), "one of its keys lacks \"kty\"");
  EXPECT_EQ(fault_of(set_of(kRsaKey + R"(,{"kty":"oct","k":"AAAA"})")),
            "it holds a symmetric key, which belongs into \"secret\"");
  EXPECT_EQ(fault_of(set_of(changed(kRsaKey, R"("e":)", R"("d":"AQAB","e":)"))), "it holds a private key");
  EXPECT_EQ(fault_of(set_of(changed(kRsaKey, "2011-04-29\"", "x\",\"use\":\"sig\",\"kid2\":1").append(","))),
            "it is no sound JSON");
  EXPECT_EQ(fault_of(set_of(changed(kRsaKey, "\"2011-04-29\"", "7"))), "the \"kid\" of one of its keys is no string");
  EXPECT_EQ(fault_of(set_of(changed(kRsaKey, "RS256", "ES256"))),
            "the \"alg\" of one of its keys does not fit its \"kty\"");
  EXPECT_EQ(fault_of(IssuerKey::ed25519().private_pem()), "it holds a private key");
  EXPECT_EQ(fault_of(IssuerKey::rsa().public_pem() + IssuerKey::rsa().private_pem()), "it holds a private key");
  EXPECT_EQ(fault_of(changed(IssuerKey::rsa().public_pem(), "-----END", "!")), "it is no sound PEM text");
  EXPECT_EQ(fault_of("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            "a PUBLIC KEY block cannot be read");
}

TEST(KeyFile, RefusesKeysThatProveNothing) {
  EXPECT_EQ(fault_of(IssuerKey::rsa(1024).public_pem()), "an RSA key has 1024 bits, and not between 2048 and 8192");
  EXPECT_EQ(fault_of(set_of(changed(kRsaKey, "AQAB", "AQ"))), "an RSA key has an exponent that proves nothing");
  EXPECT_EQ(fault_of(set_of(changed(kRsaKey, "AQAB", "Ag"))), "an RSA key has an exponent that proves nothing");
  EXPECT_EQ(fault_of(set_of(changed(kRsaKey, "AQAB", ""))), "one of its keys is broken");
  EXPECT_EQ(fault_of(IssuerKey::elliptic("secp256k1").public_pem()),
            "a key is neither RSA, nor of the curves P-256, P-384 and P-521, nor Ed25519");
  // A point beside the curve, and numbers of a wrong length.
  const std::string p256 = changed(kEncryptionKey, R"("use":"enc",)", "");
  EXPECT_EQ(fault_of(set_of(p256)), "");
  EXPECT_EQ(fault_of(set_of(changed(p256, "MKBC", "MKBD"))), "one of its keys is broken");
  EXPECT_EQ(fault_of(set_of(changed(p256, "\"MKBC", "\"AAAAMKBC"))), "one of its keys is broken");
  EXPECT_EQ(fault_of(set_of(changed(kEd25519Key, "\"11qY", "\"AAAA11qY"))), "one of its keys is broken");
}

TEST(KeyFile, HoldsABoundedNumberOfKeys) {
  std::string keys = kEd25519Key;
  for (std::size_t i = 1; i < kMaxKeys; ++i) keys += ',' + kEd25519Key;
  EXPECT_EQ(fault_of(set_of(keys)), "");
  EXPECT_EQ(fault_of(set_of(keys + ',' + kEd25519Key)), "it holds more than 32 keys");
}

TEST(KeyFile, NamesTheFileThatCannotBeRead) {
  const auto keys = read_keys("/nonexistent/keys.json");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().message, "could not use the keys in \"/nonexistent/keys.json\": it cannot be read");
}

}  // namespace
}  // namespace sqlproxy::identity
