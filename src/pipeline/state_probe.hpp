#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "pipeline/effect_flags.hpp"

namespace sqlproxy::pipeline {

// The state probe: one query, to be sent between transactions, that asks a server connection what a client has left on
// it. See SessionEffects for when. Nothing here knows of connections: a text goes out, one row comes in.

// What is asked besides the cheap rest. Settings cost more than everything else together, and the list of locks grows
// with what the whole server holds.
struct ProbeParts {
  bool settings = true;
  bool advisory_locks = true;
  // Whether the schema of temporary objects has any in it. Of a connection that has no such schema, that it has none is
  // among the cheap rest.
  bool temporary_objects = true;

  friend constexpr bool operator==(ProbeParts, ProbeParts) = default;
};

// What has to be asked after statements with these effects; `ends_state` asks for the locks too. `temporary_schema` as
// in ProbedState, as far as it is known before.
[[nodiscard]] ProbeParts probe_parts(EffectFlags effects, bool temporary_schema);

struct ProbedSetting {
  std::string name;
  // In the setting's own syntax and base unit, as set_config() takes it.
  std::string value;

  friend bool operator==(const ProbedSetting&, const ProbedSetting&) = default;
};

// What the probe saw. Texts are in the session's client_encoding.
struct ProbedState {
  // Only when asked for: every setting that the session itself has made other than by its start-up options, but for
  // those that end with each transaction (transaction_isolation ...). Role and authorization are not among them.
  std::vector<ProbedSetting> settings;
  // Those of the custom names asked for that exist; one that was reset has the value "".
  std::vector<ProbedSetting> custom_settings;
  // "none", or the role of SET ROLE.
  std::string role;
  std::string session_authorization;
  // The connection has a schema for temporary objects, which nothing takes away again.
  bool temporary_schema = false;
  // Of any kind: relations, types, functions, operators ... When not asked for: there may be some.
  bool temporary_objects = false;
  // Only when asked for.
  bool session_advisory_locks = false;
  bool held_cursors = false;
  std::vector<std::string> listening;
  // Names of statements made by PREPARE.
  std::vector<std::string> sql_statements;
  // How many named ones were made by Parse.
  std::uint64_t protocol_statements = 0;

  friend bool operator==(const ProbedState&, const ProbedState&) = default;
};

inline constexpr std::size_t kProbeColumns = 9;

// The probe's text, for one simple Query that is answered by one row, or two. `custom_names` as in
// SessionEffects::custom_settings, in the session's client_encoding.
//
// It writes nothing and takes no transaction id. It runs with whatever settings and role the client has left: every
// name carries its schema, operators too, so that search_path and user-made objects mean nothing to it, and no literal
// depends on standard_conforming_strings. It fails where a client's statement would (statement_timeout, rights on
// pg_catalog revoked, a name that client_encoding cannot express): the connection's state is then not known. For
// PostgreSQL 12 and later.
[[nodiscard]] std::string probe_query(ProbeParts parts, std::span<const std::string> custom_names);

// Takes over a row of the probe's answer, in text format; nullopt is NULL. The first row says everything, a second one
// more of temporary objects. Fails with `internal` on a row that is not one; `state` is of no use then.
[[nodiscard]] core::Status read_probe(std::span<const std::optional<std::string_view>> columns, ProbedState& state);

}  // namespace sqlproxy::pipeline
