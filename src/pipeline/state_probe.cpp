#include "pipeline/state_probe.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/json_reader.hpp"

namespace sqlproxy::pipeline {
namespace {

// The columns, in this order; kNotAsked where a part is left out.
enum Column : std::size_t {
  kRole,
  kAuthorization,
  kSettings,
  kCustom,
  kTemporary,
  kLocks,
  kHeld,
  kListening,
  kPrepared
};
static_assert(kPrepared + 1 == kProbeColumns);

constexpr std::string_view kNotAsked = "NULL::pg_catalog.text";

constexpr std::string_view kAskRole = "SELECT pg_catalog.current_setting('role'), SESSION_USER::pg_catalog.text";

constexpr std::string_view kAskSettings =
    "(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(s.name, s.setting))"
    " FROM pg_catalog.pg_show_all_settings() AS s"
    " WHERE s.source OPERATOR(pg_catalog.=) 'session' AND s.name OPERATOR(pg_catalog.<>) ALL"
    " ('{transaction_isolation,transaction_read_only,transaction_deferrable}'::pg_catalog.text[]))";

// A connection that never had a temporary object has no schema for them; one that had keeps it for ever.
constexpr std::string_view kAskTemporary = "pg_catalog.pg_my_temp_schema() OPERATOR(pg_catalog.<>) '0'";

// Every object in a schema has an entry there, and the entries can be found by the schema. Where the client has
// switched off the types of plan that can, the price of any other would have it compiled, which takes longer than
// everything else. The setting lasts for the rest of this Query, whose first statement has told the client's own by
// then.
constexpr std::string_view kAskTemporaryObjects =
    "; SET LOCAL jit TO off;"
    " SELECT EXISTS (SELECT FROM pg_catalog.pg_depend AS d"
    " WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass"
    " AND d.refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema())";

// Between transactions only session-level ones are left.
constexpr std::string_view kAskLocks =
    "EXISTS (SELECT FROM pg_catalog.pg_lock_status() AS l"
    " WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory'"
    " AND l.pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND l.granted)";

constexpr std::string_view kAskRest =
    "EXISTS (SELECT FROM pg_catalog.pg_cursor() AS c WHERE c.is_holdable),"
    " pg_catalog.array_to_json(ARRAY(SELECT pg_catalog.pg_listening_channels())),"
    " (SELECT pg_catalog.json_build_array(pg_catalog.count(*) FILTER (WHERE NOT p.from_sql),"
    " pg_catalog.json_agg(p.name) FILTER (WHERE p.from_sql)) FROM pg_catalog.pg_prepared_statement() AS p)";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$';
}

// What is more than a plain word is written byte by byte: no quoting is safe in every client_encoding.
void append_name(std::string& query, std::string_view name) {
  if (std::ranges::all_of(name, is_plain)) {
    query.append("'").append(name).append("'");
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  query += "pg_catalog.convert_from(pg_catalog.decode('";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    query += kDigits[byte >> 4U];
    query += kDigits[byte & 0xfU];
  }
  query += "', 'hex'), pg_catalog.pg_client_encoding())";
}

// One array, as a function takes a hundred arguments at most.
void append_custom(std::string& query, std::span<const std::string> names) {
  if (names.empty()) {
    query += kNotAsked;
    return;
  }
  query +=
      "(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.name, pg_catalog.current_setting(n.name, true)))"
      " FROM pg_catalog.unnest(ARRAY[";
  for (const std::string& name : names) {
    if (&name != &names.front()) query += ", ";
    append_name(query, name);
  }
  query += "]::pg_catalog.text[]) AS n(name))";
}

using Columns = std::span<const std::optional<std::string_view>>;

std::optional<bool> read_flag(std::optional<std::string_view> column) {
  if (!column) return false;
  if (*column == "t") return true;
  if (*column == "f") return false;
  return std::nullopt;
}

// [["name", "value"], ...]; those without a value do not exist.
bool read_settings(std::optional<std::string_view> column, std::vector<ProbedSetting>& settings) {
  if (!column) return true;
  JsonReader json(*column);
  const auto take_one = [&] {
    if (!json.take('[')) return false;
    std::optional<std::string> name = json.take_string();
    if (!name || !json.take(',')) return false;
    if (json.take_null()) return json.take(']');
    std::optional<std::string> value = json.take_string();
    if (!value || !json.take(']')) return false;
    settings.push_back({std::move(*name), std::move(*value)});
    return true;
  };
  return json.take_array(take_one) && json.at_end();
}

bool take_names(JsonReader& json, std::vector<std::string>& names) {
  return json.take_array([&] {
    std::optional<std::string> name = json.take_string();
    if (name) names.push_back(std::move(*name));
    return name.has_value();
  });
}

bool read_names(std::optional<std::string_view> column, std::vector<std::string>& names) {
  if (!column) return true;
  JsonReader json(*column);
  return take_names(json, names) && json.at_end();
}

// [count, ["name", ...]]
bool read_prepared(std::optional<std::string_view> column, ProbedState& state) {
  if (!column) return false;
  JsonReader json(*column);
  if (!json.take('[')) return false;
  const std::optional<std::uint64_t> count = json.take_integer();
  if (!count || !json.take(',') || !take_names(json, state.sql_statements)) return false;
  state.protocol_statements = *count;
  return json.take(']') && json.at_end();
}

bool read_columns(Columns columns, ProbedState& state) {
  if (columns.size() != kProbeColumns || !columns[kRole] || !columns[kAuthorization]) return false;
  state.role = *columns[kRole];
  state.session_authorization = *columns[kAuthorization];
  const std::optional<bool> temporary = read_flag(columns[kTemporary]);
  const std::optional<bool> locks = read_flag(columns[kLocks]);
  const std::optional<bool> held = read_flag(columns[kHeld]);
  if (!temporary || !locks || !held || !columns[kTemporary] || !columns[kHeld]) return false;
  state.temporary_schema = *temporary;
  // Until the rest of the answer says otherwise.
  state.temporary_objects = *temporary;
  state.session_advisory_locks = *locks;
  state.held_cursors = *held;
  return read_settings(columns[kSettings], state.settings) && read_settings(columns[kCustom], state.custom_settings) &&
         read_names(columns[kListening], state.listening) && read_prepared(columns[kPrepared], state);
}

}  // namespace

ProbeParts probe_parts(EffectFlags effects, bool temporary_schema) {
  return {.settings = effects.settings || effects.opaque,
          .advisory_locks = effects.advisory_lock || effects.ends_state || effects.opaque,
          .temporary_objects = temporary_schema};
}

std::string probe_query(ProbeParts parts, std::span<const std::string> custom_names) {
  std::string query(kAskRole);
  const auto add = [&query](std::string_view column) { query.append(", ").append(column); };
  add(parts.settings ? kAskSettings : kNotAsked);
  query += ", ";
  append_custom(query, custom_names);
  add(kAskTemporary);
  add(parts.advisory_locks ? kAskLocks : kNotAsked);
  add(kAskRest);
  if (parts.temporary_objects) query += kAskTemporaryObjects;
  return query;
}

core::Status read_probe(std::span<const std::optional<std::string_view>> columns, ProbedState& state) {
  if (columns.size() == 1) {
    if (const std::optional<bool> objects = read_flag(columns[0]); objects && columns[0]) {
      state.temporary_objects = *objects;
      return {};
    }
  } else if (read_columns(columns, state)) {
    return {};
  }
  return core::make_error(core::ErrorCode::internal, core::sqlstate::kInternalError,
                          "the server's answer to the state probe is not understood");
}

}  // namespace sqlproxy::pipeline
