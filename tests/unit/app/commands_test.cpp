#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "app/commands/audit_verify.hpp"
#include "app/commands/check.hpp"
#include "app/commands/password.hpp"
#include "app/commands/version.hpp"
#include "app/exit_code.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string file_of(std::string_view text) {
  const std::string path = ::testing::TempDir() + "sp_app_test.toml";
  std::ofstream(path) << text;
  return path;
}

TEST(Check, OfASoundFileSumsItUp) {
  std::ostringstream out;
  std::ostringstream err;
  const std::string path = SP_SOURCE_DIR "/conf/policies-example.toml";
  EXPECT_EQ(check(path, CheckDepth::file, out, err), kExitOk);
  EXPECT_EQ(out.str(), path +
                           ": sound\n"
                           "  listeners: 127.0.0.1:6432 (TLS: disable)\n"
                           "  databases: 2 (shop, warehouse)\n"
                           "  users: 4\n"
                           "  rules: 14 allow, 2 block; what no rule matches is blocked\n"
                           "  warnings: 0\n");
  EXPECT_THAT(err.str(), IsEmpty());
}

TEST(Check, WarningsDoNotFail) {
  std::ostringstream out;
  std::ostringstream err;
  const std::string path = file_of("");
  EXPECT_EQ(check(path, CheckDepth::file, out, err), kExitOk);
  EXPECT_THAT(err.str(), StartsWith(path + ":1:1: warning: no [databases.NAME] is configured"));
  EXPECT_THAT(out.str(), HasSubstr("  databases: 0\n"));
  EXPECT_THAT(out.str(), HasSubstr("warnings: 2"));
}

TEST(Check, FaultsGoToStderrAndEndWithOne) {
  std::ostringstream out;
  std::ostringstream err;
  const std::string path = file_of("[server]\nlisen = 1\nthreads = true\n");
  EXPECT_EQ(check(path, CheckDepth::file, out, err), kExitFault);
  EXPECT_THAT(out.str(), IsEmpty());
  EXPECT_THAT(err.str(), StartsWith(path + ":2:1: unknown key \"lisen\" in [server]; did you mean \"listen\"?\n" +
                                    path + ":3:11: \"threads\" must be an integer, not a boolean\n"));
}

TEST(Check, OfAFileThatIsNotThere) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(check("/no/such.toml", CheckDepth::file, out, err), kExitFault);
  EXPECT_EQ(err.str(), "/no/such.toml:1:1: the file cannot be read\n");
}

// The verifier that `input` gives, which has to be of `password`.
void expect_verifier_of(std::string_view password, const std::string& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  ASSERT_EQ(password_from_stream(in, out, err), kExitOk) << err.str();
  std::string line = out.str();
  ASSERT_THAT(line, ::testing::EndsWith("\n"));
  line.pop_back();
  const auto verifier = wire::ScramVerifier::parse(line);
  ASSERT_TRUE(verifier) << line;
  EXPECT_EQ(wire::ScramVerifier::from_password(password, verifier->salt, verifier->iterations).text(), line);
}

TEST(Password, FirstLineOfStdin) {
  expect_verifier_of("secret", "secret\n");
  expect_verifier_of("secret", "secret");
  expect_verifier_of("secret", "secret\r\nmore\n");
  expect_verifier_of(" a b ", " a b \n");
  // SASLprep: a no-break space is a space.
  expect_verifier_of("a b",
                     "a\xC2\xA0"
                     "b\n");
}

TEST(Password, NewSaltEachTime) {
  std::ostringstream outs[2];
  for (std::ostringstream& out : outs) {
    std::istringstream in("secret\n");
    std::ostringstream err;
    EXPECT_EQ(password_from_stream(in, out, err), kExitOk);
  }
  EXPECT_NE(outs[0].str(), outs[1].str());
}

TEST(Password, WhatNobodyCouldLogInWithIsRefused) {
  for (const std::string& input : {std::string(), std::string("\n"), std::string("\r\n"), std::string("a\0b\n", 4)}) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(password_from_stream(in, out, err), kExitFault);
    EXPECT_THAT(out.str(), IsEmpty());
    EXPECT_THAT(err.str(), StartsWith("sql-proxy: the password "));
  }
}

TEST(Version, NamesTheProgramAndItsLibraries) {
  std::ostringstream out;
  EXPECT_EQ(version(out), kExitOk);
  EXPECT_THAT(out.str(), ::testing::MatchesRegex("sql-proxy [0-9]+\\.[0-9]+\\.[0-9]+\n(.+\n)+"));
  for (const char* const name : {"\nOpenSSL 3.", "\nlibpq 15.", "\nlibpg_query grammar of PostgreSQL 15", "\nxxHash ",
                                 "\nAsio 1.", "\ntoml++ 3.", "\nspdlog 1.", "\nzstd 1.", "\nCLI11 2."}) {
    EXPECT_THAT(out.str(), HasSubstr(name));
  }
}

TEST(AuditVerify, OfAFileThatIsNotThere) {
  std::ostringstream out;
  const std::filesystem::path files[] = {"/no/such.jsonl"};
  EXPECT_EQ(audit_verify(files, out), kExitFault);
  EXPECT_THAT(out.str(), HasSubstr("/no/such.jsonl"));
}

}  // namespace
}  // namespace sqlproxy::app
