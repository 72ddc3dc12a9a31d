#include "wire/command_line_options.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::wire {
namespace {

using Options = std::vector<CommandLineOption>;

Options options_of(std::string_view text) {
  auto options = split_options(text);
  EXPECT_TRUE(options) << text;
  return options ? *options : Options{};
}

TEST(SplitOptions, TakesEveryWayToGiveASetting) {
  EXPECT_EQ(options_of("-c geqo=off"), (Options{{"geqo", "off"}}));
  EXPECT_EQ(options_of("-cgeqo=off"), (Options{{"geqo", "off"}}));
  EXPECT_EQ(options_of("--geqo=off"), (Options{{"geqo", "off"}}));
  EXPECT_EQ(options_of(" \t-c\na=1 --b-c=2\v-c d-e=x-y=z "), (Options{{"a", "1"}, {"b_c", "2"}, {"d_e", "x-y=z"}}));
  EXPECT_EQ(options_of("--a=1 --a=2"), (Options{{"a", "1"}, {"a", "2"}}));
  EXPECT_EQ(options_of("--a="), (Options{{"a", ""}}));
}

TEST(SplitOptions, EmptyTextHasNone) {
  EXPECT_EQ(options_of(""), Options{});
  EXPECT_EQ(options_of(" \f\r\n"), Options{});
  EXPECT_EQ(options_of("--"), Options{});
}

TEST(SplitOptions, BackslashTakesTheNextByteLiterally) {
  EXPECT_EQ(options_of(R"(-c search_path=a\ b,\\c)"), (Options{{"search_path", R"(a b,\c)"}}));
  EXPECT_EQ(options_of(R"(-c a=b\)"), (Options{{"a", "b"}}));
  EXPECT_EQ(options_of(R"(\-\c a=\b)"), (Options{{"a", "b"}}));
}

TEST(SplitOptions, RefusesEverythingElse) {
  for (const char* text : {"a=b", "-c", "-c a", "--a", "-d 3", "-e", "-", "--=x", "-c =x", "-- a", "-ec a=b", "\\"}) {
    const auto options = split_options(text);
    ASSERT_FALSE(options) << text;
    EXPECT_EQ(options.error().sqlstate.text(), "42601") << text;
  }
}

TEST(SplitOptions, ErrorsHoldNothingOfTheText) {
  for (const char* text : {"secret", "-c secret", "--secret", "-W secret"}) {
    EXPECT_EQ(split_options(text).error().message.find("secret"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace sqlproxy::wire
