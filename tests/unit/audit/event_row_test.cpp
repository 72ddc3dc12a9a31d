#include "audit/event_row.hpp"

#include <gtest/gtest.h>

#include "audit/batch.hpp"
#include "audit/line_record.hpp"
#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::split_lines;
using testing::statement_event;

std::string native_line(std::string_view sql) {
  return R"({"event_id":"01a1f813-a852-7c81-9370-b8d7d3f42f62","timestamp":"2026-11-20T08:30:00.274812Z","sql":")" +
         std::string(sql) + R"("})";
}

TEST(EventRow, IsMadeOfWhatTheTrailWrites) {
  for (const LineFormat format : {LineFormat::native, LineFormat::ocsf, LineFormat::ecs}) {
    Batch batch("node", true, format, {});
    batch.add(statement_event("SELECT 'caf\u00e9'"));
    const std::string line = split_lines(batch.lines()).front();
    const auto record = parse_line(line);
    ASSERT_TRUE(record.has_value());
    const auto row = make_event_row(record->sequence, record->native);
    ASSERT_TRUE(row.has_value());
    EXPECT_EQ(row->sequence, 1U);
    EXPECT_EQ('"' + row->event_id + '"', testing::member(record->native, "event_id"));
    EXPECT_EQ('"' + row->timestamp + '"', testing::member(record->native, "timestamp"));
    EXPECT_EQ(row->event, record->native);
    EXPECT_EQ(row->day(), row->timestamp.substr(0, 10));
  }
}

TEST(EventRow, HasNoNul) {
  const auto row = make_event_row(1, native_line(R"(a\u0000b\\u0000c\\\u0000\n\"\u0001)"));
  ASSERT_TRUE(row.has_value());
  // Behind an even number of backslashes it is no escape.
  EXPECT_EQ(row->event, native_line(R"(a\ufffdb\\u0000c\\\ufffd\n\"\u0001)"));
}

TEST(EventRow, LacksNothingThatTheTableNeeds) {
  EXPECT_FALSE(make_event_row(1, "not json"));
  EXPECT_FALSE(make_event_row(1, R"({"event_id":"01a1f813-a852-7c81-9370-b8d7d3f42f62"})"));
  EXPECT_FALSE(make_event_row(1, R"({"timestamp":"2026-11-20T08:30:00.274812Z"})"));
  EXPECT_FALSE(make_event_row(1, R"({"event_id":null,"timestamp":"2026-11-20T08:30:00.274812Z"})"));
  // Both go into SQL and into the names of partitions: no other form will do.
  EXPECT_FALSE(
      make_event_row(1, R"({"event_id":"01a1f813-a852-7c81-9370-b8d7d3f42f62","timestamp":"2026-11-20'; --"})"));
  EXPECT_FALSE(make_event_row(1, R"({"event_id":"x","timestamp":"2026-11-20T08:30:00.274812Z"})"));
}

TEST(EventRow, AsciiFormKeepsTheStructure) {
  EXPECT_EQ(ascii_json("{\"a\":\"caf\u00e9 \\\\ \\\" \\n\\u0001\\u007f\\u0085\\u2028\"}"),
            "{\"a\":\"caf?\? \\\\ \\\" \\n\\u0001\\u007f?\?\"}");
}

TEST(EventRow, CopyTextIsOneLineOfOneColumn) {
  std::string out;
  append_copy_text(out, "a\\n\tb\nc\rd\\.");
  EXPECT_EQ(out, "a\\\\n\\tb\\nc\\rd\\\\.");
}

}  // namespace
}  // namespace sqlproxy::audit
