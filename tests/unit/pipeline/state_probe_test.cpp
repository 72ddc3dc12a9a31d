#include "pipeline/state_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sqlproxy::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Row = std::vector<std::optional<std::string_view>>;

constexpr auto kNull = std::nullopt;

// As PostgreSQL 15 answered after a fresh log-in.
Row fresh() {
  return {"none", "postgres", kNull, kNull, "f", "f", "f", kNull, "[0, null]"};
}

std::optional<ProbedState> read(const Row& row) {
  ProbedState state;
  if (!read_probe(row, state)) return std::nullopt;
  return state;
}

TEST(StateProbe, AFreshConnectionHasNothing) {
  const auto state = read(fresh());
  ASSERT_TRUE(state);
  ProbedState expected;
  expected.role = "none";
  expected.session_authorization = "postgres";
  EXPECT_EQ(*state, expected);
}

// As PostgreSQL 15 answered after a session had left one of everything.
TEST(StateProbe, ReadsAllThatWasLeft) {
  Row row = fresh();
  row[0] = "re\"ader";
  row[2] = R"([["DateStyle", "SQL, DMY"], )"
           "\n "
           R"(["application_name", "a\"b\\c\n\u0001d"], )"
           "\n "
           R"(["search_path", "\"a b\", public"]])";
  row[3] = R"([["a.b", "x"], )"
           "\n "
           R"(["a.gone", null], )"
           "\n "
           R"(["a.reset", ""]])";
  row[4] = row[5] = row[6] = "t";
  row[7] = R"(["jobs", "Ärger"])";
  row[8] = R"([12, ["p", "q r"]])";
  const auto state = read(row);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->role, "re\"ader");
  EXPECT_THAT(state->settings,
              ElementsAre(ProbedSetting{"DateStyle", "SQL, DMY"}, ProbedSetting{"application_name", "a\"b\\c\n\001d"},
                          ProbedSetting{"search_path", "\"a b\", public"}));
  EXPECT_THAT(state->custom_settings, ElementsAre(ProbedSetting{"a.b", "x"}, ProbedSetting{"a.reset", ""}));
  EXPECT_TRUE(state->temporary_schema);
  EXPECT_TRUE(state->temporary_objects);
  EXPECT_TRUE(state->session_advisory_locks);
  EXPECT_TRUE(state->held_cursors);
  EXPECT_THAT(state->listening, ElementsAre("jobs", "Ärger"));
  EXPECT_THAT(state->sql_statements, ElementsAre("p", "q r"));
  EXPECT_EQ(state->protocol_statements, 12U);
}

TEST(StateProbe, WhatWasNotAskedIsNothing) {
  Row row = fresh();
  row[2] = row[5] = kNull;
  const auto state = read(row);
  ASSERT_TRUE(state);
  EXPECT_THAT(state->settings, IsEmpty());
  EXPECT_FALSE(state->session_advisory_locks);
}

TEST(StateProbe, RefusesRowsThatAreNone) {
  const auto refused = [](std::size_t column, std::optional<std::string_view> value) {
    Row row = fresh();
    row[column] = value;
    return !read(row);
  };
  EXPECT_FALSE(read(Row{}));
  EXPECT_FALSE(read(Row(kProbeColumns + 1, "t")));
  EXPECT_TRUE(refused(0, kNull));
  EXPECT_TRUE(refused(1, kNull));
  for (const char* settings : {"", "[", "]", "{}", "[[\"a\"]]", "[[\"a\", \"b\"]", "[[\"a\", 1]]", "[[\"a\", \"b\"]] x",
                               "[[\"a\", \"b\"],]", "[[\"a\", \"b\\x\"]]", "[[\"a\", \"\\u0000\"]]",
                               "[[\"a\", \"\\u00e4\"]]", "[[\"a\", \"\\u00\"]]", "[[\"a\", \"\n\"]]", "[[\"a\", \"b"}) {
    EXPECT_TRUE(refused(2, settings)) << settings;
    EXPECT_TRUE(refused(3, settings)) << settings;
  }
  for (const std::size_t column : {4U, 6U}) {
    EXPECT_TRUE(refused(column, kNull));
    EXPECT_TRUE(refused(column, "true"));
  }
  EXPECT_TRUE(refused(5, ""));
  EXPECT_TRUE(refused(7, "[1]"));
  EXPECT_TRUE(refused(7, "[null]"));
  for (const auto& prepared : {std::optional<std::string_view>(),
                               {"[]"},
                               {"[null, null]"},
                               {"[-1, null]"},
                               {"[1]"},
                               {"[99999999999999999999, null]"},
                               {"[1, [1]]"},
                               {"[1, null"},
                               {"[1, null]]"}}) {
    EXPECT_TRUE(refused(8, prepared)) << prepared.value_or("NULL");
  }
}

TEST(StateProbe, ASchemaForTemporaryObjectsMayBeEmpty) {
  Row row = fresh();
  row[4] = "t";
  ProbedState state;
  ASSERT_TRUE(read_probe(row, state));
  EXPECT_TRUE(state.temporary_objects) << "as long as nothing else is known";
  ASSERT_TRUE(read_probe(Row{"f"}, state));
  EXPECT_TRUE(state.temporary_schema);
  EXPECT_FALSE(state.temporary_objects);
  EXPECT_FALSE(read(Row{kNull}));
  EXPECT_FALSE(read(Row{"off"}));
}

TEST(StateProbe, AsksForWhatTheEffectsCanHaveChanged) {
  const auto parts = [](bool settings, bool advisory_locks) { return ProbeParts{settings, advisory_locks, false}; };
  EXPECT_EQ(probe_parts({.temporary = true}, false), parts(false, false));
  EXPECT_EQ(probe_parts({.settings = true}, false), parts(true, false));
  EXPECT_EQ(probe_parts({.advisory_lock = true}, false), parts(false, true));
  EXPECT_EQ(probe_parts({.ends_state = true}, false), parts(false, true));
  EXPECT_EQ(probe_parts(kOpaque, false), parts(true, true));
  EXPECT_EQ(probe_parts(kOpaque, true), ProbeParts{});
  EXPECT_THAT(probe_query(parts(false, true), {}), Not(HasSubstr("pg_show_all_settings")));
  EXPECT_THAT(probe_query(parts(true, false), {}), Not(HasSubstr("pg_lock_status")));
  EXPECT_THAT(probe_query(parts(true, true), {}), Not(HasSubstr("pg_depend")));
  EXPECT_THAT(probe_query({}, {}), HasSubstr("pg_show_all_settings"));
  EXPECT_THAT(probe_query({}, {}), HasSubstr("pg_lock_status"));
  EXPECT_THAT(probe_query({}, {}), HasSubstr("pg_depend"));
}

// The file is what tests/integration/test_session_effects.py sends to a server.
TEST(StateProbe, TheTextIsTheOneThatIsTestedOnAServer) {
  std::ifstream file(SP_SOURCE_DIR "/tests/unit/pipeline/state_probe.sql");
  const std::string tested{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::vector<std::string> names{"app.tenant", "a.b'cä", "no.such"};
  EXPECT_EQ(probe_query({}, names) + "\n", tested);
}

TEST(StateProbe, NamesCannotEndTheirLiteral) {
  const std::vector<std::string> names{"app.tenant", "a.b'c", "a.\\", "a.\x95\x5c"};
  const std::string query = probe_query({}, names);
  EXPECT_THAT(query, HasSubstr("ARRAY['app.tenant', pg_catalog.convert_from(pg_catalog.decode('612e622763', 'hex'), "
                               "pg_catalog.pg_client_encoding()), "));
  EXPECT_THAT(query, HasSubstr("decode('612e5c', 'hex')"));
  EXPECT_THAT(query, HasSubstr("decode('612e955c', 'hex')"));
}

}  // namespace
}  // namespace sqlproxy::pipeline
