#include "audit/event_table.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "core/clock.hpp"

namespace sqlproxy::audit {
namespace {

constexpr core::SqlState kUniqueViolation{"23505"};
constexpr core::SqlState kCheckViolation{"23514"};  // also: no partition for a row
constexpr std::string_view kDataException = "22";
constexpr std::string_view kProgramLimit = "54";

// What is not generated is what the rows bring. The columns are called as the members of the event are.
constexpr std::string_view kColumns = R"( (
  event_id uuid NOT NULL,
  "timestamp" timestamptz NOT NULL,
  trail_id uuid NOT NULL,
  event jsonb NOT NULL,
  sequence_num bigint GENERATED ALWAYS AS ((event->>'sequence_num')::bigint) STORED,
  kind text GENERATED ALWAYS AS (event->>'kind') STORED,
  node_id text GENERATED ALWAYS AS (event->>'node_id') STORED,
  session_id text GENERATED ALWAYS AS (event->>'session_id') STORED,
  client_ip text GENERATED ALWAYS AS (event->>'client_ip') STORED,
  "user" text GENERATED ALWAYS AS (event->>'user') STORED,
  tenant text GENERATED ALWAYS AS (event->>'tenant') STORED,
  database text GENERATED ALWAYS AS (event->>'database') STORED,
  statement_type text GENERATED ALWAYS AS (event->>'statement_type') STORED,
  fingerprint text GENERATED ALWAYS AS (event->>'fingerprint') STORED,
  tables jsonb GENERATED ALWAYS AS (NULLIF(event->'tables', 'null'::jsonb)) STORED,
  decision text GENERATED ALWAYS AS (event->>'decision') STORED,
  matched_rule text GENERATED ALWAYS AS (event->>'matched_rule') STORED,
  status text GENERATED ALWAYS AS (event->>'status') STORED,
  sqlstate text GENERATED ALWAYS AS (event->>'sqlstate') STORED,
  has_pii boolean GENERATED ALWAYS AS ((event->>'has_pii')::boolean) STORED,
  PRIMARY KEY (event_id, "timestamp")
) PARTITION BY RANGE ("timestamp"))";

constexpr std::string_view kIndexes[] = {
    R"(("user", "timestamp"))",      R"((decision, "timestamp"))",        R"((has_pii, "timestamp"))",
    R"((fingerprint, "timestamp"))", "USING gin (tables jsonb_path_ops)",
};

constexpr std::string_view kPositionColumns = R"( (
  trail_id uuid PRIMARY KEY,
  node_id text NOT NULL,
  sequence_num bigint NOT NULL,
  event_id uuid NOT NULL,
  delivered_at timestamptz NOT NULL DEFAULT now()
))";

std::string quoted_identifier(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + '"';
}

// Means the same whatever standard_conforming_strings is.
std::string quoted_literal(std::string_view text) {
  std::string out = "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  return out + '\'';
}

std::string qualified(std::string_view schema, std::string_view name) {
  return quoted_identifier(schema) + '.' + quoted_identifier(name);
}

// "schema.table" or "table", with `suffix` behind the table's name.
std::string quoted_name(std::string_view configured, std::string_view suffix) {
  const std::size_t dot = configured.find('.');
  if (dot == std::string_view::npos) return quoted_identifier(std::string(configured) + std::string(suffix));
  return qualified(configured.substr(0, dot), std::string(configured.substr(dot + 1)) + std::string(suffix));
}

std::chrono::sys_days to_day(std::string_view day) {
  const auto number = [](std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  };
  return std::chrono::year_month_day(std::chrono::year(number(day.substr(0, 4))),
                                     std::chrono::month(static_cast<unsigned>(number(day.substr(5, 2)))),
                                     std::chrono::day(static_cast<unsigned>(number(day.substr(8, 2)))));
}

std::string midnight(std::chrono::sys_days day) {
  return core::to_rfc3339(core::WallTime(day));
}

}  // namespace

EventTable::EventTable(SqlConnection& connection, std::string_view name, std::string node_id)
    : connection_(connection),
      node_id_(std::move(node_id)),
      wanted_(quoted_name(name, "")),
      wanted_position_(quoted_name(name, "_position")) {}

bool EventTable::is_duplicate(const core::Error& error) {
  return error.sqlstate == kUniqueViolation;
}

bool EventTable::is_bad_data(const core::Error& error) {
  const std::string_view error_class = error.sqlstate.error_class();
  return error_class == kDataException || error_class == kProgramLimit;
}

core::Status EventTable::open() {
  days_.clear();
  partition_error_.reset();
  if (core::Status opened = connection_.open(); !opened) return opened;
  core::Result<bool> found = find();
  if (!found) return std::move(found).error();
  if (!*found) {
    if (core::Status created = create(); !created) return created;
    found = find();
    if (!found) return std::move(found).error();
  }
  return create_position_table();
}

core::Result<bool> EventTable::find() {
  const Values values{wanted_};
  auto rows = connection_.query(
      "SELECT c.oid, n.nspname, c.relname, c.relkind = 'p'"
      " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
      " WHERE c.oid = pg_catalog.to_regclass($1)",
      values);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return false;
  const SqlConnection::Row& row = rows->front();
  oid_ = row[0];
  schema_ = row[1];
  table_ = row[2];
  partitioned_ = row[3] == "t";
  return true;
}

template <class Work>
core::Status EventTable::alone(Work work) {
  if (core::Status begun = execute("BEGIN"); !begun) return begun;
  core::Status done = execute(
      "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('sql-proxy audit ' || $1, 0))", {wanted_});
  if (done) done = work();
  if (core::Status ended = execute(done ? "COMMIT" : "ROLLBACK"); !ended && done) return ended;
  return done;
}

core::Status EventTable::create() {
  return alone([this]() -> core::Status {
    const core::Result<bool> there = exists(wanted_);
    if (!there) return there.error();
    if (*there) return {};
    if (core::Status created = execute("CREATE TABLE " + wanted_ + std::string(kColumns)); !created) return created;
    for (const std::string_view index : kIndexes) {
      if (core::Status made = execute("CREATE INDEX ON " + wanted_ + " " + std::string(index)); !made) return made;
    }
    return {};
  });
}

core::Status EventTable::create_position_table() {
  const std::string name = qualified(schema_, table_ + "_position");
  core::Result<bool> there = exists(name);
  if (!there) return std::move(there).error();
  if (*there) return {};
  return alone([&] { return execute("CREATE TABLE IF NOT EXISTS " + name + std::string(kPositionColumns)); });
}

core::Result<std::optional<EventTable::Position>> EventTable::position(const std::string& trail_id) {
  const Values values{trail_id};
  auto rows = connection_.query(
      "SELECT sequence_num, event_id FROM " + qualified(schema_, table_ + "_position") + " WHERE trail_id = $1::uuid",
      values);
  if (!rows) return std::move(rows).error();
  if (rows->empty()) return std::optional<Position>();
  Position position;
  const std::string& number = rows->front()[0];
  std::from_chars(number.data(), number.data() + number.size(), position.sequence);
  position.event_id = rows->front()[1];
  return std::optional(std::move(position));
}

core::Status EventTable::prepare_day(std::string_view day) {
  if (!partitioned_ || days_.contains(day)) return {};
  std::string suffix(day);
  std::erase(suffix, '-');
  const std::string partition = table_ + "_" + suffix;
  const Values values{oid_, qualified(schema_, partition)};
  const auto rows = connection_.query(
      "SELECT 1 FROM pg_catalog.pg_inherits"
      " WHERE inhparent = $1::oid AND inhrelid = pg_catalog.to_regclass($2)",
      values);
  if (!rows) return rows.error();
  if (rows->empty()) {
    const core::Status created = create_partition(day, partition);
    if (!created && created.error().sqlstate.error_class() == "08") return created;
    // Somebody else may look after the partitions, in other sizes.
    if (!created) partition_error_ = created.error();
  }
  days_.emplace(day);
  return {};
}

// Made apart and attached: that does not wait for those who read the table, nor they for it.
core::Status EventTable::create_partition(std::string_view day, const std::string& partition) {
  const std::string name = qualified(schema_, partition);
  const std::string parent = qualified(schema_, table_);
  const std::chrono::sys_days begin = to_day(day);
  return alone([&]() -> core::Status {
    const core::Result<bool> there = exists(name);
    if (!there) return there.error();
    // Another proxy was first. One that was detached is not taken back.
    if (*there) return {};
    if (core::Status made = execute("CREATE TABLE " + name + " (LIKE " + parent + " INCLUDING ALL)"); !made)
      return made;
    return execute("ALTER TABLE " + parent + " ATTACH PARTITION " + name + " FOR VALUES FROM ('" + midnight(begin) +
                   "') TO ('" + midnight(begin + std::chrono::days(1)) + "')");
  });
}

core::Status EventTable::store(const std::string& trail_id, std::span<const EventRow> rows, const Position& position) {
  std::string text;
  for (const EventRow& row : rows) {
    text.append(row.timestamp).append("\t").append(row.event_id).append("\t").append(trail_id).append("\t");
    append_copy_text(text, row.event);
    text.push_back('\n');
  }
  std::string script;
  if (!rows.empty()) {
    script = "COPY " + qualified(schema_, table_) + R"( ("timestamp", event_id, trail_id, event) FROM STDIN;)";
  }
  script += "INSERT INTO " + qualified(schema_, table_ + "_position") +
            " (trail_id, node_id, sequence_num, event_id) VALUES (" + quoted_literal(trail_id) + ", " +
            quoted_literal(node_id_) + ", " + std::to_string(position.sequence) + ", " +
            quoted_literal(position.event_id) +
            ") ON CONFLICT (trail_id) DO UPDATE SET node_id = excluded.node_id, sequence_num = excluded.sequence_num,"
            " event_id = excluded.event_id, delivered_at = now()";
  core::Status stored = connection_.run(script, text);
  if (!stored && stored.error().sqlstate == kCheckViolation && partition_error_) return *partition_error_;
  return stored;
}

core::Result<std::set<std::string>> EventTable::known(std::span<const EventRow> rows) {
  std::string ids = "{";
  for (const EventRow& row : rows) ids.append(ids.size() > 1 ? "," : "").append(row.event_id);
  const auto [first, last] = std::ranges::minmax(rows, {}, &EventRow::timestamp);
  const Values values{ids + "}", first.timestamp, last.timestamp};
  auto found = connection_.query("SELECT event_id FROM " + qualified(schema_, table_) +
                                     R"( WHERE event_id = ANY ($1::uuid[]) AND "timestamp" BETWEEN $2 AND $3)",
                                 values);
  if (!found) return std::move(found).error();
  std::set<std::string> known;
  for (SqlConnection::Row& row : *found) known.insert(std::move(row[0]));
  return known;
}

core::Status EventTable::execute(const std::string& sql, const Values& values) {
  auto done = connection_.query(sql, values);
  if (!done) return std::move(done).error();
  return {};
}

core::Result<bool> EventTable::exists(const std::string& quoted_name) {
  // to_regclass() alone would not see what another connection has just made: only who opens a table, as pg_class here,
  // is told of changes.
  auto rows = connection_.query("SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass($1)",
                                Values{quoted_name});
  if (!rows) return std::move(rows).error();
  return !rows->empty();
}

}  // namespace sqlproxy::audit
