#include "pipeline/string_reading.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::pipeline {
namespace {

TEST(StringReading, ABackslashOutsideOfPlainStringsIsReadInOneWay) {
  for (const char* sql : {
           "SELECT 1",
           R"(SELECT E'a\\b', e'\'')",
           R"(SELECT E'a' 'b' FROM t -- it's \)",
           R"(DO $$ BEGIN RAISE NOTICE '\'; END $$)",
           R"(SELECT $a$ ' \' $a$, 'x')",
           R"(SELECT 1 /* ' \ ' */, "a\b", 'x')",
           R"(SELECT U&"\0061" FROM t)",
           R"(SELECT 'it''s', E'\n')",
           R"(SELECT U&'\0061')",
           R"(SELECT \ 1)",
           "SELECT E'a\\\\'\n'b\\\\'",
       }) {
    EXPECT_TRUE(is_read_in_one_way(sql)) << sql;
  }
}

TEST(StringReading, ABackslashInAPlainStringIsNot) {
  for (const char* sql : {
           R"(SELECT '\')",
           R"(SELECT '\'', secret FROM t --')",
           R"(SELECT N'\'', secret FROM t --')",
           R"(SELECT 'a''\')",
           R"(SELECT E'\'', '\'' , E'')",
           R"(SELECT B'1', '\', X'1')",
           // The second part of one string, with nothing but a line end between them.
           "SELECT 'a'\n'\\'', secret FROM t --'",
           "SELECT 'a' -- it goes on\n  '\\'', secret FROM t --'",
           // What looks like another kind of string is a plain one behind a name or a comment.
           R"(SELECT nameE'\'', secret FROM t --')",
           R"(SELECT E/**/'\'', secret FROM t --')",
           R"(SELECT $a $'\'', secret FROM t --')",
           R"(SELECT $1$'\'', secret $1$ FROM t --')",
           R"(SELECT "E'"'\'', secret FROM t --')",
           R"(SELECT /* /* */ E' */ '\'', secret FROM t --')",
       }) {
    EXPECT_FALSE(is_read_in_one_way(sql)) << sql;
  }
}

TEST(StringReading, WhatCannotBeReadToItsEndIsNot) {
  for (const char* sql : {R"(SELECT E'\)", R"(SELECT 'a', E'\)", R"(SELECT /* \)", R"(SELECT "\)", R"(SELECT $a$ \)"}) {
    EXPECT_FALSE(is_read_in_one_way(sql)) << sql;
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline
