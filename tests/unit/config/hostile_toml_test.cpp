// TOML that is broken, or made to break its parser.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/loading/toml_document.hpp"
#include "tests/unit/config/loaded.hpp"

namespace sqlproxy::config::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(HostileToml, BracketsThatTheParserAssertsAbout) {
  for (const char* const text :
       {"[[[", "[[[a]]]", "[=]", "[", "[[", "[[=", "[.", "[a.=", "a.", "a.=", "=", "[[]]", "[]"}) {
    EXPECT_THAT(faults_of(text), SizeIs(1)) << text;
  }
  EXPECT_THAT(faults_of("a = 1\n[[[b]]]\n"),
              ElementsAre("2:3: error while parsing key: expected bare key starting character or string delimiter"));
}

TEST(HostileToml, DeepNestingIsRefused) {
  EXPECT_THAT(faults_of("a = " + repeated("[", 100'000)), ElementsAre(HasSubstr("nested")));
  EXPECT_THAT(faults_of("a = " + repeated("{a=", 100'000)), ElementsAre(HasSubstr("nested")));
  EXPECT_THAT(faults_of(repeated("a.", 100'000) + "a = 1"),
              ElementsAre("1:1026: more than 512 dots on one line; use several lines"));
  EXPECT_THAT(faults_of("x = 1\n[" + repeated("a.", 100'000) + "a]"),
              ElementsAre(HasSubstr("2:1027: more than 512 dots")));
  // As deep as the two bounds allow: 512 dots within each of 16 values, over several lines.
  std::string deep;
  for (int i = 0; i < 7; ++i) deep += "[\n{" + repeated("a.", 511) + "a = ";
  EXPECT_THAT(load("a = " + deep + "1" + repeated("}]", 7)).faults, SizeIs(1));
}

TEST(HostileToml, ManyLinesWithDotsAreFine) {
  EXPECT_THAT(faults_of("[server]\nlisten = [\n" + repeated("\"127.0.0.1:1\",\n", 500) + "]\n"), SizeIs(499));
}

TEST(HostileToml, BytesThatAreNoText) {
  EXPECT_THAT(faults_of(std::string("a\0b = 1", 7)), SizeIs(1));
  EXPECT_THAT(faults_of("a = \"\xC3\x28\"\n"), SizeIs(1));
  EXPECT_THAT(faults_of("\xFF\xFE"), SizeIs(1));
  EXPECT_THAT(faults_of("a = \"\\uD800\"\n"), SizeIs(1));
}

TEST(HostileToml, LettersOutsideOfStrings) {
  for (const char* const text : {"\xC3\xA4 = 1", "a\xC3\xA4 = 1", "a = \xC3\xA4", "a = 1 \xD0\x96", "[\xE4\xBA\xBA]"}) {
    EXPECT_THAT(faults_of(text), SizeIs(1)) << text;
  }
}

TEST(HostileToml, TooLongAFile) {
  EXPECT_THAT(faults_of(std::string(loading::kMaxFileBytes + 1, '\n')),
              ElementsAre("1:1: the file is longer than 16777216 bytes"));
}

TEST(HostileToml, AByteOrderMarkAndCarriageReturnsAreFine) {
  EXPECT_THAT(faults_of("\xEF\xBB\xBF[server]\r\nthreads = 1\r\n"), SizeIs(0));
}

}  // namespace
}  // namespace sqlproxy::config::test
