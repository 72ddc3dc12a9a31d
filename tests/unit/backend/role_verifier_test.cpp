#include "backend/role_verifier.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

const std::string kScram = wire::ScramVerifier::from_password("pencil", "salt", 1).text();
constexpr const char* kMd5 = "md50123456789abcdef0123456789abcdef";

VerifierRow row(std::string name, std::optional<std::string> verifier,
                std::optional<std::string> seconds = std::nullopt) {
  VerifierRow made{std::move(name), std::nullopt, std::move(seconds)};
  if (verifier) made.verifier = core::Secret(*std::move(verifier));
  return made;
}

RoleVerifierPtr verifier_in(const VerifierRow& given) {
  auto answer = read_verifier("ann", {given});
  EXPECT_TRUE(answer);
  return answer ? answer->verifier : nullptr;
}

TEST(RoleVerifier, OfBothForms) {
  const auto scram = verifier_in(row("ann", kScram));
  ASSERT_NE(scram, nullptr);
  ASSERT_TRUE(scram->scram);
  EXPECT_EQ(scram->scram->text(), kScram);
  EXPECT_FALSE(scram->md5);
  const auto md5 = verifier_in(row("ann", kMd5));
  ASSERT_NE(md5, nullptr);
  ASSERT_TRUE(md5->md5);
  EXPECT_EQ(md5->md5->reveal(), kMd5);
  EXPECT_FALSE(md5->scram);
}

TEST(RoleVerifier, NobodyLogsInWithoutAUsableOne) {
  const auto nobody = read_verifier("ann", {});
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->verifier, nullptr);
  EXPECT_EQ(verifier_in(row("ann", std::nullopt)), nullptr);
  for (const char* const text : {"", "pencil", "md5", "SCRAM-SHA-256$", "SCRAM-SHA-256$4096:c2FsdA==$eA==:eA=="}) {
    EXPECT_EQ(verifier_in(row("ann", text)), nullptr) << text;
  }
}

TEST(RoleVerifier, TheRowMustBeTheUsersAndTheOnlyOne) {
  EXPECT_FALSE(read_verifier("ann", {row("bob", kScram)}));
  EXPECT_FALSE(read_verifier("ann", {row("Ann", kScram)}));
  EXPECT_FALSE(read_verifier("ann", {VerifierRow{std::nullopt, core::Secret(kScram), std::nullopt}}));
  EXPECT_FALSE(read_verifier("ann", {row("ann", kScram), row("ann", kScram)}));
}

TEST(RoleVerifier, HoldsForAsLongAsTheThirdColumnSays) {
  const auto valid_for = [](const char* seconds) {
    const auto answer = read_verifier("ann", {row("ann", kScram, seconds)});
    EXPECT_TRUE(answer && answer->verifier) << seconds;
    return answer ? answer->valid_for : std::nullopt;
  };
  EXPECT_EQ(valid_for("1.5"), std::chrono::milliseconds(1500));
  EXPECT_EQ(valid_for("3e1"), std::chrono::milliseconds(30000));
  EXPECT_EQ(valid_for("Infinity"), std::nullopt);
  EXPECT_EQ(valid_for("1e300"), std::nullopt);
  EXPECT_EQ(verifier_in(row("ann", kScram, "0")), nullptr);
  EXPECT_EQ(verifier_in(row("ann", kScram, "-0.001")), nullptr);
  EXPECT_EQ(verifier_in(row("ann", kScram, "-Infinity")), nullptr);
}

TEST(RoleVerifier, AThirdColumnThatIsNoNumberIsAFault) {
  for (const char* const text : {"", "NaN", "2026-11-20 10:00:00+00", "1 s", "infinite", "t"}) {
    EXPECT_FALSE(read_verifier("ann", {row("ann", kScram, text)})) << text;
  }
}

}  // namespace
}  // namespace sqlproxy::backend
