// Each kind of fault, with the place and the words that an administrator gets to see.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

struct FaultCase {
  const char* name;
  std::string text;
  std::vector<std::string> faults;
};

void PrintTo(const FaultCase& c, std::ostream* out) {
  *out << c.name;
}

class Faults : public ::testing::TestWithParam<FaultCase> {};

TEST_P(Faults, AreAllReportedAtTheirPlaces) {
  const LoadResult result = load(GetParam().text);
  EXPECT_THAT(texts(result.faults), ElementsAreArray(GetParam().faults));
  EXPECT_EQ(result.config == nullptr, !GetParam().faults.empty());
}

std::string name_of(const ::testing::TestParamInfo<FaultCase>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Keys, Faults,
    ::testing::Values(FaultCase{"UnknownSection", "[sever]\n", {R"(1:2: unknown key "sever"; did you mean "server"?)"}},
                      FaultCase{"UnknownKey",
                                "[server]\nlisen = [\"127.0.0.1:1\"]\n",
                                {R"(2:1: unknown key "lisen" in [server]; did you mean "listen"?)"}},
                      FaultCase{"UnknownKeyOfNestedTable",
                                "[server.tls]\n  moed = \"disable\"\n",
                                {R"(2:3: unknown key "moed" in [server.tls]; did you mean "mode"?)"}},
                      FaultCase{"UnknownKeyOfArrayEntry",
                                "[[users]]\nname = \"a\"\nrole = [\"x\"]\n",
                                {R"(3:1: unknown key "role" in [[users]]; did you mean "roles"?)"}},
                      FaultCase{"UnknownKeyOfNamedEntry",
                                "[databases.app]\nuser = \"u\"\npool_mode = \"session\"\npol_size = 3\n",
                                {R"(4:1: unknown key "pol_size" in [databases.app]; did you mean "pool_size"?)"}},
                      FaultCase{"DottedKey",
                                "server.thread = 1\n",
                                {R"(1:8: unknown key "thread" in [server]; did you mean "threads"?)"}},
                      FaultCase{"KeyThatWouldUpsetATerminal",
                                "\"a\\u001b[2J\" = 1\n[server]\n",
                                {R"(1:1: unknown key "a\x1b[2J"; did you mean "auth"?)"}},
                      FaultCase{"EveryFaultOfTheFile",
                                "[server]\nthreads = -1\nmax_clients = \"x\"\n[audit]\nlog_sql = \"all\"\nfoo = 1\n",
                                {R"(2:11: "threads" must be from 0 to 1024)",
                                 R"(3:15: "max_clients" must be an integer, not a string)",
                                 R"(5:11: "log_sql" must be one of "normalized", "raw", "none", not "all")",
                                 R"(6:1: unknown key "foo" in [audit]; did you mean "file"?)"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Types, Faults,
    ::testing::Values(
        FaultCase{"TableExpected", "server = 1\n", {R"(1:10: "server" must be a table, not an integer)"}},
        FaultCase{"ArrayOfTablesExpected",
                  "[users]\n",
                  {R"(1:1: "users" must be an array of tables, as in [[users]], not a table)"}},
        FaultCase{
            "TablesInArrayExpected", "users = [1]\n", {R"(1:10: each of "users" must be a table, not an integer)"}},
        FaultCase{"NamedTableExpected", "[databases]\napp = \"x\"\n", {R"(2:7: "app" must be a table, not a string)"}},
        FaultCase{"StringExpected", "[[users]]\nname = 3\n", {R"(2:8: "name" must be a string, not an integer)"}},
        FaultCase{"BooleanExpected",
                  "[audit.file]\nchain = \"yes\"\n",
                  {R"(2:9: "chain" must be true or false, not a string)"}},
        FaultCase{
            "IntegerNotFloat", "[server]\nthreads = 1.5\n", {R"(2:11: "threads" must be an integer, not a float)"}},
        FaultCase{"ArrayOfStringsExpected",
                  "[server]\nlisten = \"127.0.0.1:1\"\n",
                  {R"(2:10: "listen" must be an array of strings, not a string)"}},
        FaultCase{"StringsInArrayExpected",
                  "[server]\nlisten = [\"127.0.0.1:1\", 2]\n",
                  {R"(2:26: each of "listen" must be a string, not an integer)"}},
        FaultCase{"EmptyString", "[[users]]\nname = \"\"\n", {R"(2:8: "name" is empty)"}},
        FaultCase{"ControlCharacter", "[[users]]\nname = \"a\\nb\"\n", {R"(2:8: "name" has a control character)"}},
        FaultCase{"DurationOfNoUnit",
                  "[server]\nlogin_timeout = \"15\"\n",
                  {R"(2:17: "login_timeout" must be a duration like "250ms", "30s", "5m", "1h" or "1d", not "15")"}},
        FaultCase{"DurationAsNumber",
                  "[server]\nlogin_timeout = 15\n",
                  {R"(2:17: "login_timeout" must be a string, not an integer)"}},
        FaultCase{"DurationOfZeroWhereThatIsNone",
                  "[server]\nlogin_timeout = \"0s\"\n",
                  {R"(2:17: "login_timeout" must be from 1ms to 31536000000ms)"}},
        FaultCase{"DurationBeyondPostgreSQL",
                  "[databases.a]\nuser = \"u\"\npool_mode = \"session\"\nstatement_timeout = \"25d\"\n",
                  {R"(4:21: "statement_timeout" must be from 0ms to 2147483647ms)"}},
        FaultCase{"SizeOfWrongUnit",
                  "[server]\nmax_query_size = \"1MB\"\n",
                  {R"(2:18: "max_query_size" must be a size like "512B", "64KiB", "1MiB" or "1GiB", not "1MB")"}},
        FaultCase{"SizeTooLarge",
                  "[server]\nmax_query_size = \"1GiB\"\n",
                  {R"(2:18: "max_query_size" must be from 1B to 1073741823B)"}},
        FaultCase{"PortOutOfRange",
                  "[databases.a]\nuser = \"u\"\npool_mode = \"session\"\nport = 65536\n",
                  {R"(4:8: "port" must be from 1 to 65535)"}},
        FaultCase{"MinimumAboveTheLimit",
                  "[databases.a]\nuser = \"u\"\npool_mode = \"session\"\npool_size = 2\nmin_pool_size = 3\n",
                  {R"(5:17: "min_pool_size" is larger than "pool_size")"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Server, Faults,
    ::testing::Values(
        FaultCase{"NoListener", "[server]\nlisten = []\n", {R"(2:10: "listen" is empty)"}},
        FaultCase{"BadAddress",
                  "[server]\nlisten = [\"127.0.0.1\", \"::1:5\"]\n",
                  {R"(2:11: the address "127.0.0.1" must be "host:port", "[v6]:port" or "unix:/directory:port")",
                   R"(2:24: the address "::1:5" must have its IPv6 address in brackets, as in "[::1]:6432")"}},
        FaultCase{
            "AddressTwice", "[server]\nlisten = [\"a:1\", \"a:1\"]\n", {R"(2:18: the address "a:1" is listed twice)"}},
        FaultCase{"TlsModeUnknown",
                  "[server.tls]\nmode = \"on\"\n",
                  {R"(2:8: "mode" must be one of "disable", "prefer", "require", "verify-full", not "on")"}},
        FaultCase{"TlsWithoutCertificate",
                  "[server.tls]\nmode = \"prefer\"\n",
                  {R"(2:8: [server.tls] lacks "cert", which every mode but "disable" needs)",
                   R"(2:8: [server.tls] lacks "key", which every mode but "disable" needs)"}},
        FaultCase{"VerifyFullWithoutAuthority",
                  "[server.tls]\nmode = \"verify-full\"\ncert = \"" SP_SOURCE_DIR
                  "/CMakeLists.txt\"\nkey = \"" SP_SOURCE_DIR "/CMakeLists.txt\"\n",
                  {R"(2:8: [server.tls] lacks "client_ca", which the mode "verify-full" needs)"}},
        FaultCase{"CertificateOfNoFile",
                  "[server.tls]\ncert = \"/no/such.crt\"\nkey = \"/\"\n",
                  {R"(2:8: "cert" names a file that cannot be read: "/no/such.crt")",
                   R"(3:7: "key" names a file that cannot be read: "/")"}},
        FaultCase{
            "FilesOfDisabledTlsAreNotLookedAt", "[server.tls]\nmode = \"disable\"\ncert = \"/no/such.crt\"\n", {}},
        FaultCase{"TlsVersion",
                  "[server.tls]\nmin_version = \"1.1\"\n",
                  {R"(2:15: "min_version" must be one of "1.2", "1.3", not "1.1")"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Auth, Faults,
    ::testing::Values(
        FaultCase{"MethodUnknown",
                  "[auth]\nmethod = \"scram\"\n",
                  {R"(2:10: "method" must be one of "scram-sha-256", "md5", "password", "cert", "jwt", "ldap", )"
                   R"("trust", not "scram")"}},
        FaultCase{"RuleWithoutTypeAndMethod",
                  "[[auth.rules]]\n",
                  {R"(1:1: [[auth.rules]] lacks "type")", R"(1:1: [[auth.rules]] lacks "method")"}},
        FaultCase{
            "RuleAddress",
            "[[auth.rules]]\ntype = \"host\"\nmethod = \"md5\"\naddresses = [\"10.0.0.0/8\", \"10.0.0.1/8\", \"x\"]\n",
            {R"(4:28: "10.0.0.1/8" is not an address range like "10.0.0.0/8" or "::1/128")",
             R"(4:42: "x" is not an address range like "10.0.0.0/8" or "::1/128")"}},
        FaultCase{"LocalRuleWithAddresses",
                  "[[auth.rules]]\ntype = \"local\"\nmethod = \"md5\"\naddresses = [\"::/0\"]\n",
                  {R"(4:13: a rule of type "local" takes no addresses)"}},
        FaultCase{"CertificatesWithoutAuthority",
                  "[auth]\nmethod = \"cert\"\n",
                  {R"(2:10: the method "cert" needs [server.tls] with "client_ca")"}},
        FaultCase{"RuleForCertificatesWithoutAuthority",
                  "[[auth.rules]]\ntype = \"hostssl\"\nmethod = \"cert\"\n",
                  {R"(1:1: the method "cert" needs [server.tls] with "client_ca")"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Users, Faults,
    ::testing::Values(
        FaultCase{"NoName", "[[users]]\n", {R"(1:1: [[users]] lacks "name")"}},
        FaultCase{"Twice",
                  "[[users]]\nname = \"a\"\n[[users]]\nname = \"A\"\n[[users]]\nname = \"a\"\n",
                  {R"(6:8: the user "a" is configured twice)"}},
        FaultCase{"Everyone",
                  "[[users]]\nname = \"*\"\nroles = [\"*\"]\n",
                  {R"(2:8: a user cannot be named "*", which stands for everyone)",
                   R"(3:10: a role cannot be named "*", which stands for everyone)"}},
        FaultCase{"NameTooLong",
                  "[[users]]\nname = \"" + std::string(64, 'x') + "\"\n",
                  {R"(2:8: "name" is longer than PostgreSQL's 63 bytes)"}},
        FaultCase{"VerifierAndPassword",
                  "[[users]]\nname = \"a\"\nverifier = \"" + std::string(kVerifier) + "\"\npassword = \"p\"\n",
                  {R"(4:12: a user has a verifier or a password, not both)"}},
        FaultCase{"VerifierOfNoForm",
                  "[[users]]\nname = \"a\"\nverifier = \"hunter2\"\n",
                  {"3:12: \"verifier\" must be as `sql-proxy password` prints it (SCRAM-SHA-256$...), or md5 and 32 "
                   "hexadecimal digits"}},
        FaultCase{"Tenant",
                  "[[users]]\nname = \"a\"\ntenant = \"acme\"\n",
                  {R"(3:10: the user "a" names the tenant "acme", which [tenants] does not have)"}},
        FaultCase{"DefaultTenant", "[[users]]\nname = \"a\"\ntenant = \"default\"\n", {}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Databases, Faults,
    ::testing::Values(
        FaultCase{"NoUser",
                  "[databases.a]\npool_mode = \"session\"\n",
                  {R"(1:1: [databases.a] lacks "user", the one to log in to the server as)"}},
        FaultCase{"NobodyToLookUsersUpAs",
                  "[databases.a]\npool_mode = \"session\"\nidentity = \"passthrough\"\n",
                  {R"(1:1: [databases.a] lacks "user", the one to look up users' passwords as)"}},
        // Clients that are not logged in yet would choose where the proxy connects to.
        FaultCase{"FallbackWithoutLookupDatabase",
                  "[databases.\"*\"]\nuser = \"u\"\npool_mode = \"session\"\nidentity = \"passthrough\"\n",
                  {R"(1:1: [databases.*] lacks "auth_dbname", the database to look up users' passwords in)"}},
        FaultCase{"FallbackWithLookupDatabase",
                  "[databases.\"*\"]\nuser = \"u\"\npool_mode = \"session\"\nidentity = \"passthrough\"\n"
                  "auth_dbname = \"postgres\"\n",
                  {}},
        FaultCase{"LookupForNobody",
                  "[databases.a]\nuser = \"u\"\npool_mode = \"session\"\nidentity = \"passthrough\"\n"
                  "auth_query = \"SELECT 1, 2\"\nauth_dbname = \"" +
                      std::string(64, 'x') + "\"\n",
                  {R"(5:14: "auth_query" has no $1, which stands for the user's name)",
                   R"(6:15: "auth_dbname" is longer than PostgreSQL's 63 bytes)"}},
        FaultCase{"DifferInCaseOnly",
                  "[databases.app]\nuser = \"u\"\npool_mode = \"session\"\n[databases.App]\nuser = \"u\"\npool_mode = "
                  "\"session\"\n",
                  {R"(1:1: the databases "App" and "app" differ only in case)"}},
        FaultCase{"NameTooLong",
                  "[databases." + std::string(64, 'x') + "]\nuser = \"u\"\npool_mode = \"session\"\n",
                  {"1:12: the name of a database has from 1 to 63 bytes"}},
        FaultCase{"Authority",
                  "[databases.a]\nuser = \"u\"\npool_mode = \"session\"\ntls_ca = \"/no/ca.crt\"\n",
                  {R"(4:10: "tls_ca" names a file that cannot be read: "/no/ca.crt")"}},
        FaultCase{"AuditDatabase", "[audit.database]\nenabled = false\ndatabase = \"nowhere\"\n", {}},
        FaultCase{"AuditDatabaseUnknown",
                  "[audit.database]\nenabled = true\ndatabase = \"nowhere\"\n",
                  {R"(3:12: [audit.database] names the database "nowhere", which [databases] does not have)"}},
        FaultCase{"AuditDatabaseMissing",
                  "[audit.database]\nenabled = true\n",
                  {R"(1:1: [audit.database] lacks "database")"}},
        FaultCase{"AuditDatabaseFallback",
                  "[databases.\"*\"]\nuser = \"u\"\n[audit.database]\nenabled = true\ndatabase = \"*\"\n",
                  {R"(5:12: [audit.database] needs a database of a name of its own, not the fallback "*")"}},
        FaultCase{
            "AuditTable",
            "[audit.database]\ntable = \"a.b.c\"\n",
            {R"(2:9: "table" is no table's name: "table" or "schema.table" is, with at most 54 bytes for the table)"}},
        FaultCase{
            "AuditTableTooLong",
            "[audit.database]\ntable = \"a." + std::string(55, 'x') + "\"\n",
            {R"(2:9: "table" is no table's name: "table" or "schema.table" is, with at most 54 bytes for the table)"}},
        FaultCase{
            "AuditTableEmpty",
            "[audit.database]\ntable = \"a.\"\n",
            {R"(2:9: "table" is no table's name: "table" or "schema.table" is, with at most 54 bytes for the table)"}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Classification, Faults,
    ::testing::Values(
        FaultCase{"Sound",
                  "[[classification.rules]]\ntag = \"A\"\ncolumn_names = [\"a\"]\nvalue_pattern = \"^[0-9]+$\"\n",
                  {}},
        FaultCase{"BrokenPattern",
                  "[[classification.rules]]\ntag = \"A\"\nvalue_pattern = \"x(a\"\n",
                  {R"(3:17: "value_pattern" is not a regular expression (RE2): missing ): x(a)"}},
        FaultCase{"WithoutTag",
                  "[[classification.rules]]\ncolumn_names = [\"a\"]\n",
                  {R"(1:1: [[classification.rules]] lacks "tag")"}},
        FaultCase{"CanNeverFire",
                  "[[classification.rules]]\ntag = \"A\"\ncolumn_names = []\n",
                  {"1:1: [[classification.rules]] can never fire: it has neither column_names nor value_pattern nor "
                   "type_names"}},
        FaultCase{"SampleRows",
                  "[classification]\nsample_rows = -2\n",
                  {R"(2:15: "sample_rows" must be from -1 to 1000000)"}}),
    name_of);

// --- Secrets
// ----------------------------------------------------------------------------------------------------------

TEST(Secrets, ComeFromTheEnvironmentAndFromFiles) {
  const std::string path = ::testing::TempDir() + "sp_config_secret";
  std::ofstream(path) << "from-file\n";
  ASSERT_EQ(setenv("SP_TEST_SECRET", "from-environment", 1), 0);
  const LoadResult result = load(
      "[[users]]\nname = { env = \"SP_TEST_SECRET\" }\npassword = { env = \"SP_TEST_SECRET\" }\n"
      "[databases.a]\nuser = \"u\"\npool_mode = \"session\"\npassword = { file = \"" +
      path + "\" }\n");
  ASSERT_THAT(texts(result.faults), IsEmpty());
  EXPECT_EQ(result.config->users[0].name, "from-environment");
  EXPECT_EQ(result.config->users[0].password->reveal(), "from-environment");
  EXPECT_EQ(result.config->databases.at("a").password->reveal(), "from-file");
}

TEST(Secrets, OfAFileLoseOneLineBreakOnly) {
  const std::string path = ::testing::TempDir() + "sp_config_secret_lines";
  std::ofstream(path) << " two\n\r\n";
  const LoadResult result = load("[[users]]\nname = \"a\"\npassword = { file = \"" + path + "\" }\n");
  ASSERT_THAT(texts(result.faults), IsEmpty());
  EXPECT_EQ(result.config->users[0].password->reveal(), " two\n");
}

TEST(Secrets, ThatAreMissingAreFaults) {
  unsetenv("SP_TEST_UNSET");
  EXPECT_THAT(faults_of("[[users]]\nname = \"a\"\npassword = { env = \"SP_TEST_UNSET\" }\n"),
              ElementsAreArray({R"(3:12: the environment variable "SP_TEST_UNSET" is not set)"}));
  EXPECT_THAT(faults_of("[[users]]\nname = \"a\"\npassword = { file = \"/no/such\" }\n"),
              ElementsAreArray({R"(3:12: the file "/no/such" does not exist)"}));
  EXPECT_THAT(faults_of("[[users]]\nname = \"a\"\npassword = { file = \"/\" }\n"),
              ElementsAreArray({R"(3:12: the file "/" is not a regular file)"}));
  EXPECT_THAT(faults_of("[[users]]\nname = \"a\"\npassword = { file = \"/dev/zero\" }\n"),
              ElementsAreArray({R"(3:12: the file "/dev/zero" is not a regular file)"}));
  EXPECT_THAT(faults_of("[[users]]\nname = \"a\"\npassword = { envy = \"X\" }\n"),
              ElementsAreArray({R"(3:12: "password" must be a string, { env = "NAME" } or { file = "PATH" })"}));
  EXPECT_THAT(faults_of("[[users]]\nname = \"a\"\npassword = { env = \"X\", file = \"Y\" }\n"),
              ElementsAreArray({R"(3:12: "password" must be a string, { env = "NAME" } or { file = "PATH" })"}));
}

TEST(Secrets, AreNotEchoed) {
  ASSERT_EQ(setenv("SP_TEST_SECRET", "hunter2", 1), 0);
  const std::string texts_with_secrets[] = {
      "[[users]]\nname = \"a\"\nverifier = { env = \"SP_TEST_SECRET\" }\n",
      "[[users]]\nname = \"a\"\nverifier = \"hunter2\"\n",
      "[server]\nlogin_timeout = { env = \"SP_TEST_SECRET\" }\nlisten = [{ env = \"SP_TEST_SECRET\" }]\n",
      "[auth]\nmethod = { env = \"SP_TEST_SECRET\" }\n",
      "[[users]]\nname = \"a\"\npassword = hunter2\n",
      "[[users]]\nname = \"a\"\npassword = \"hunter2\n",
      "[[users]]\nname = \"a\"\npassword = 'hunter2\" x\n",
  };
  for (const std::string& text : texts_with_secrets) {
    const auto faults = faults_of(text);
    ASSERT_FALSE(faults.empty()) << text;
    for (const std::string& fault : faults) EXPECT_EQ(fault.find("unter2"), std::string::npos) << fault;
  }
  // Unquoted, these are faults of TOML's own numbers, dates and booleans, whose messages quote what they read.
  for (const std::string secret :
       {"99999999999999999999", "trustno1", "0xFFFFFFFFFFFFFFFFFFFF", "1e99999", "2024-01-32x", "12:99:77"}) {
    for (const std::string& fault : faults_of("[[users]]\nname = \"a\"\npassword = " + secret + "\n")) {
      EXPECT_EQ(fault.find(secret.substr(0, 5)), std::string::npos) << fault;
    }
  }
}

}  // namespace
}  // namespace sqlproxy::config::test
