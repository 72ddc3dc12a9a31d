#include "audit/json_reader.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sqlproxy::audit {
namespace {

TEST(ReadJsonObject, GivesTheTopLevelMembersAsWritten) {
  const auto members =
      read_json_object(R"( {"a":1, "b" : {"x":[1,2,{"y":null}]}, "c":"q\"\u00e9", "d":[] ,"e":-1.5e+3} )");
  ASSERT_TRUE(members.has_value());
  ASSERT_EQ(members->size(), 5U);
  EXPECT_EQ((*members)[0].name, "a");
  EXPECT_EQ((*members)[1].value, R"({"x":[1,2,{"y":null}]})");
  EXPECT_EQ((*members)[2].value, R"("q\"\u00e9")");
  EXPECT_EQ((*members)[4].value, "-1.5e+3");
  EXPECT_TRUE(read_json_object("{}")->empty());
}

TEST(ReadJsonObject, RefusesWhatIsNoJson) {
  for (const char* text : {"",
                           "{",
                           "}",
                           "[]",
                           "1",
                           "null",
                           "{}{}",
                           "{} x",
                           R"({"a"})",
                           R"({"a":})",
                           R"({"a":1,})",
                           R"({,"a":1})",
                           R"({a:1})",
                           R"({"a":01})",
                           R"({"a":1.})",
                           R"({"a":.5})",
                           R"({"a":+1})",
                           R"({"a":1e})",
                           R"({"a":-})",
                           R"({"a":tru})",
                           R"({"a":"x)",
                           R"({"a":"\x"})",
                           R"({"a":"\u12g4"})",
                           R"({"a":"\u12)",
                           R"({"a":[1,]})",
                           R"({"a":[1 2]})",
                           R"({"a":NaN})",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\xFF\"}",
                           "{\"a\":\"\xED\xA0\x80\"}"}) {
    EXPECT_FALSE(read_json_object(text).has_value()) << text;
  }
}

TEST(ReadJsonObject, BoundsTheDepth) {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(read_json_object(nested(31)).has_value());
  EXPECT_FALSE(read_json_object(nested(32)).has_value());
  EXPECT_FALSE(read_json_object(nested(1'000'000)).has_value());
}

}  // namespace
}  // namespace sqlproxy::audit
