#pragma once

#include <cstdint>

namespace sqlproxy::pipeline {

// What a function can do beyond computing a value from its arguments, as far as the policy cares. See
// function_classes.hpp for how one is found.
enum class FunctionClass : std::uint8_t {
  // Of pg_catalog or information_schema, reviewed: allowed without a rule.
  safe,
  // Outside the system's schemas: needs a function rule.
  user_written,

  // Of pg_catalog: each of the following needs a function rule that names it. Without one, a default of `allow` is
  // enough for large objects, for what writes and for what shows functions' sources.
  runs_sql,         // takes SQL text, or the names of tables to read
  reads_files,      // reads, lists or writes files of the server
  controls_server,  // signals, reloads, switches, promotes, backs up
  replicates,       // slots, origins, logical messages, WAL
  resets_statistics,
  large_object,
  writes,        // moves sequences, tidies indexes, exports snapshots
  shows_data,    // the data of a sensitive catalog relation
  shows_source,  // what functions do
  internal,      // not meant to be called by users: upgrades, handlers, input functions that take a type's OID
  unreviewed,    // volatile, or added to pg_catalog after initdb, and on no list

  // Judged by what they are given.
  changes_setting,  // set_config: by the SettingChange that the analysis holds
  reads_setting,    // current_setting: needs a rule for settings that hold secrets
  notifies,         // pg_notify: NOTIFY
};

}  // namespace sqlproxy::pipeline
