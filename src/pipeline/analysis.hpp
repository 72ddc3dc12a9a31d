#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "pipeline/copy_format.hpp"
#include "pipeline/query_shape.hpp"
#include "pipeline/statement_type.hpp"

namespace sqlproxy::pipeline {

// A name as the statement writes it, after PostgreSQL's folding and truncation; parts that are not written are empty.
struct QualifiedName {
  std::string catalog;
  std::string schema;
  std::string name;

  friend bool operator==(const QualifiedName&, const QualifiedName&) = default;
};

enum class ObjectKind : std::uint8_t {
  relation,  // table, view, materialised view, sequence, index, foreign table
  type,      // types and domains
  function,  // as the object of DDL or DCL; calls are in Statement::functions
  // `name.schema` is the schema. `name.name` is empty for the schema itself, and otherwise the name of something in it
  // that rules have no word for (operator, collation, statistics, text search configuration ...): judged as the schema.
  // An empty `name.schema` is the creation schema when `created`, and otherwise a schema that the text does not tell.
  schema,
  database,  // nothing below the database: roles, tablespaces, publications, event triggers, DO, NOTIFY ...
};

enum class Usage : std::uint8_t { read, write, read_write };

// An object that the statement touches, and what a rule has to permit for it.
struct ObjectRef {
  ObjectKind kind = ObjectKind::relation;
  QualifiedName name{};
  // Every one of these must be permitted on the object.
  StatementTypes required{};
  // One of these must be permitted as well: UPDATE or LOCK for SELECT ... FOR UPDATE/SHARE, SELECT or LOCK for LOCK ...
  // IN ACCESS SHARE MODE. Empty: nothing more.
  StatementTypes any_of{};
  Usage usage = Usage::read;
  // The object does not exist yet: CREATE names it. An unqualified name goes to the creation schema.
  bool created = false;
  // CREATE TEMPORARY and SELECT INTO TEMP: the object lives in pg_temp whatever its name says.
  bool temporary = false;
  // Only of names in sensitive_columns.hpp, and if the name stands for that relation: nothing in the statement can read
  // its sensitive columns, but those of the settings in Statement::show.
  bool spares_sensitive_columns = false;
  // Byte offset of the name in the message's text, or -1.
  int location = -1;
};

// A function (procedure, aggregate, window function) that the statement calls by name.
struct FunctionRef {
  QualifiedName name{};
  // Arguments as written; -1 when unknown (VARIADIC, a name used as attribute notation).
  int argument_count = -1;
  // The value of each leading argument that is a string constant; empty where it is something else.
  std::vector<std::optional<std::string>> constant_arguments{};
  // May also be a column: `t.f` and `(t).f` call f(t) when t has no such column.
  bool attribute_notation = false;
  int location = -1;
};

// An operator or a type that the statement uses by name: both can lead to user-written functions.
struct OperatorRef {
  QualifiedName name;
};
struct TypeRef {
  QualifiedName name;
};

// A change of a run-time setting that the statement makes when it succeeds.
struct SettingChange {
  enum class Kind : std::uint8_t {
    set,        // SET, set_config(..., false), SET SESSION CHARACTERISTICS
    set_local,  // SET LOCAL, set_config(..., true)
    reset,      // RESET name, SET name TO DEFAULT
    reset_all,  // RESET ALL, and part of DISCARD ALL
  };
  Kind kind = Kind::set;
  // Lower case; "role", "session_authorization", "client_encoding" (SET NAMES), "timezone" (SET TIME ZONE) ...
  // included. Empty for reset_all, and for set_config with a name that is not a constant (then `name_known` is false).
  std::string name{};
  bool name_known = true;
  // The value's elements as strings, in order (search_path has several); nullopt when it is not a constant.
  std::optional<std::vector<std::string>> values{};
  // Made by set_config or through pg_settings rather than by SET: the value is one string in the setting's own syntax
  // ('a, b' is two schemas), where SET gives elements ('a, b' is one).
  bool by_function = false;
  // The text does not tell whether the change is made: set_config in a query that has a FROM, a CASE, a WHERE ...
  bool conditional = false;
  // The statement is SELECT set_config(name, ...) FROM pg_settings WHERE name = '...', and `name` is that constant. It
  // holds if the only object, pg_settings, stands for pg_catalog's.
  bool name_from_settings_view = false;
};

struct TransactionControl {
  enum class Kind : std::uint8_t {
    none,
    begin,
    commit,
    rollback,
    savepoint,
    release,
    rollback_to,
    prepare_transaction,
    commit_prepared,
    rollback_prepared,
    set_transaction,
  };
  Kind kind = Kind::none;
  std::string name{};  // the savepoint's
  bool chain = false;  // AND CHAIN
};

// SQL-level PREPARE, EXECUTE, DEALLOCATE.
struct PreparedAction {
  enum class Kind : std::uint8_t { none, prepare, execute, deallocate, deallocate_all };
  Kind kind = Kind::none;
  std::string name;
};

// SQL-level cursors.
struct CursorAction {
  enum class Kind : std::uint8_t { none, declare, fetch, move, close, close_all };
  Kind kind = Kind::none;
  std::string name;
  bool with_hold = false;
};

// Which settings' values the client is shown: by SHOW, and by SELECT ... FROM pg_settings WHERE name = '...'.
struct ShowAction {
  enum class Kind : std::uint8_t { none, some, all };
  Kind kind = Kind::none;
  std::vector<std::string> names;  // lower case
};

enum class DiscardAction : std::uint8_t { none, all, plans, sequences, temp };

// COPY that moves data over the connection.
enum class CopyDirection : std::uint8_t { none, from_stdin, to_stdout };

// LISTEN/UNLISTEN: what the session subscribes to.
struct ListenAction {
  enum class Kind : std::uint8_t { none, listen, unlisten, unlisten_all };
  Kind kind = Kind::none;
  std::string channel;
};

// One statement, as far as its text alone tells. Plain data.
struct Statement {
  StatementType type = StatementType::unparsed;
  // PostgreSQL's command tag word(s), e.g. "CREATE TABLE", "SELECT INTO", "SET", "BEGIN", "EXPLAIN".
  std::string sub_type;

  // Where it stands in the message's text, in bytes, without the semicolon; the length runs to the end for the last.
  std::size_t offset = 0;
  std::size_t length = 0;

  std::vector<ObjectRef> objects;
  std::vector<FunctionRef> functions;
  std::vector<OperatorRef> operators;
  std::vector<TypeRef> types;
  std::vector<SettingChange> settings;
  // The columns that it names, and where.
  QueryShape shape;

  TransactionControl transaction;
  PreparedAction prepared;
  CursorAction cursor;
  ListenAction listen;
  ShowAction show;
  DiscardAction discard = DiscardAction::none;
  CopyDirection copy = CopyDirection::none;
  // With a direction.
  std::optional<CopyFormat> copy_format;

  // The database that nobody else may be connected to: of DROP DATABASE, ALTER DATABASE ... RENAME and SET TABLESPACE,
  // CREATE DATABASE ... TEMPLATE. Else empty.
  std::string emptied_database;
  bool creates_temporary = false;  // CREATE TEMP ..., SELECT INTO TEMP
  bool drops_at_commit = false;    // CREATE TEMP ... ON COMMIT DROP
  bool renames = false;            // ALTER ... RENAME TO, SET SCHEMA: of the object itself
  bool changes_catalog = false;    // DDL or DCL of any kind, also inside other statements
  bool loads_library = false;      // LOAD
  bool returns_rows = false;       // SELECT, VALUES, RETURNING, SHOW, EXPLAIN, FETCH
  bool cascades = false;           // DROP or TRUNCATE ... CASCADE: reaches objects that the text does not name

  // The text with every literal as $n, comments out and white space folded; never holds data.
  std::string normalized;
  // Of `normalized`; equal for statements of the same shape.
  std::uint64_t fingerprint = 0;
};

// What the text of one Query or Parse message says. Immutable once made, shared through the parse cache.
struct Analysis {
  // Empty for an empty query, and when `error` is set.
  std::vector<Statement> statements;
  // Why the text cannot be used: PostgreSQL's own syntax error (42601 with its position), a limit (54000, 54001), an
  // invalid encoding (22021), or a construct that is not understood (42501).
  std::optional<core::Error> error;
  // With `error`: what may be shown of the text in the audit ("" when nothing is certain to be free of data).
  std::string normalized;
  std::uint64_t fingerprint = 0;
};

}  // namespace sqlproxy::pipeline
