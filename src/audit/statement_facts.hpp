#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sqlproxy::audit {

enum class TableUsage { read, write, both };

struct TableRef {
  std::string database;
  std::string schema;
  std::string table;
  TableUsage usage = TableUsage::read;
};

// What was asked: the part of an event that follows from the text of a statement alone.
//
// Executions of the same prepared or cached statement can share one object, so that an event costs two reference counts
// and no copy of names. Immutable once shared. An empty string means unknown and is written as null.
struct StatementFacts {
  std::string statement_type;  // SELECT, INSERT, ... as in the contract; UNPARSED
  std::string sub_type;        // for instance CREATE TABLE
  // Already in the form that [audit] log_sql asks for; none: log_sql = "none". Never holds a literal in normalized
  // form.
  std::optional<std::string> sql;
  std::string fingerprint;
  std::optional<std::uint64_t> sql_bytes;  // length of the client's text
  // False: what the statement touches is not known (it could not be parsed or resolved); the lists below are written as
  // null.
  bool analyzed = true;
  std::vector<TableRef> tables;
  std::vector<std::string> columns;
  std::vector<std::string> columns_written;
  std::vector<std::string> columns_filtered;
  std::vector<std::string> functions;
};

}  // namespace sqlproxy::audit
