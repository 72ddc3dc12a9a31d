#include "config/statement_set.hpp"

#include <array>

namespace sqlproxy::config {

namespace {

using enum StatementType;

constexpr std::array<std::string_view, kStatementTypes> kNames{
    "SELECT",  "INSERT", "UPDATE", "DELETE",      "MERGE", "TRUNCATE", "COPY_TO",     "COPY_FROM", "LOCK",
    "EXECUTE", "DDL",    "DCL",    "MAINTENANCE", "DO",    "NOTIFY",   "SERVER_FILE", "SESSION",
};

StatementSet set_of(std::initializer_list<StatementType> types) {
  StatementSet set;
  for (const StatementType type : types) set.add(type);
  return set;
}

}  // namespace

std::string_view statement_type_name(StatementType type) {
  return kNames[static_cast<std::size_t>(type)];
}

StatementSet StatementSet::all() {
  StatementSet set;
  for (std::size_t i = 0; i < kStatementTypes; ++i) {
    const auto type = static_cast<StatementType>(i);
    if (type != server_file) set.add(type);
  }
  return set;
}

void StatementSet::add(StatementSet other) {
  bits_ |= other.bits_;
  names_session_ = names_session_ || other.names_session_;
}

std::optional<StatementSet> StatementSet::from_name(std::string_view name) {
  const StatementSet read = set_of({select, copy_to});
  const StatementSet write = set_of({insert, update, delete_, merge, truncate, copy_from});
  if (name == "READ") return read;
  if (name == "WRITE") return write;
  if (name == "DML") {
    StatementSet dml = set_of({lock});
    dml.add(read);
    dml.add(write);
    return dml;
  }
  if (name == "ALL") return all();
  for (std::size_t i = 0; i < kStatementTypes; ++i) {
    if (name != kNames[i]) continue;
    StatementSet set = set_of({static_cast<StatementType>(i)});
    set.names_session_ = set.contains(session);
    return set;
  }
  return std::nullopt;
}

}  // namespace sqlproxy::config
