#include "audit/redacted_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sqlproxy::audit {
namespace {

std::string redacted(std::string_view message, std::string_view state = "22P02") {
  return redact_error(core::SqlState(state), message).text();
}

TEST(RedactError, KeepsThePartsThatPostgresqlWrote) {
  EXPECT_EQ(redacted("division by zero"), "division by zero");
  EXPECT_EQ(redacted("canceling statement due to statement timeout"), "canceling statement due to statement timeout");
  EXPECT_EQ(redacted("could not serialize access due to concurrent update"),
            "could not serialize access due to concurrent update");
  EXPECT_EQ(redacted("current transaction is aborted, commands ignored until end of transaction block"),
            "current transaction is aborted, commands ignored until end of transaction block");
}

TEST(RedactError, HidesWhatIsQuoted) {
  EXPECT_EQ(redacted("invalid input syntax for type integer: \"4111111111111111\""),
            "invalid input syntax for type integer: \"?\"");
  EXPECT_EQ(redacted("relation \"salaries\" does not exist"), "relation \"?\" does not exist");
  EXPECT_EQ(redacted("duplicate key value violates unique constraint \"users_email_key\""),
            "duplicate key value violates unique constraint \"?\"");
  EXPECT_EQ(redacted("value 'a b' is out of range"), "value \"?\" is out of range");
}

TEST(RedactError, HidesNumbersAndNames) {
  EXPECT_EQ(redacted("value too long for type character varying(10)"), "value too long for type character varying(?)");
  EXPECT_EQ(redacted("smith@example.org was not found in list 17"), "?.? was not found in list ?");
  EXPECT_EQ(redacted("Müller does not exist"), "? does not exist");
}

TEST(RedactError, IsNotLedAstrayByQuotesInsideAValue) {
  for (const char* message :
       {"invalid input syntax for type json: \"ab\" hunter2 \"cd\"", "invalid input syntax: \"hunter2",
        "invalid input: \"\" hunter2 \"\"", "hunter2\" is no number", "it's hunter2 isn't it"}) {
    EXPECT_EQ(redacted(message).find("hunter"), std::string::npos) << message;
  }
}

TEST(RedactError, WithholdsWhatSqlCodeRaises) {
  EXPECT_EQ(redacted("division by zero", "P0001"), "message of SQL code withheld");
  EXPECT_EQ(redacted("", "P0001"), "message of SQL code withheld");
}

TEST(RedactError, StaysShortAndPlain) {
  EXPECT_LE(redacted(std::string(100'000, 'x')).size(), 600U);
  EXPECT_EQ(redacted("\x01\n\xFF\t{}"), "?");
  EXPECT_EQ(redacted(""), "");
}

TEST(RedactedText, TakesTheProxysOwnTexts) {
  EXPECT_EQ(RedactedText::own("permission denied for table orders").text(), "permission denied for table orders");
}

}  // namespace
}  // namespace sqlproxy::audit
