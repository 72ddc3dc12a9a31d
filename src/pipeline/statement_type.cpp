#include "pipeline/statement_type.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sqlproxy::pipeline {
namespace {

constexpr std::array<std::string_view, 19> kNames{
    "SELECT",    "INSERT",      "UPDATE",  "DELETE",      "MERGE",    "TRUNCATE",    "COPY_TO",
    "COPY_FROM", "LOCK",        "EXECUTE", "DDL",         "DCL",      "MAINTENANCE", "DO",
    "NOTIFY",    "SERVER_FILE", "SESSION", "TRANSACTION", "UNPARSED",
};

constexpr std::size_t kTypesInRules = 17;  // up to and including SESSION

}  // namespace

std::string_view to_string(StatementType type) {
  return kNames[static_cast<std::size_t>(type)];
}

StatementType statement_type_of(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  return found == kNames.end() ? StatementType::unparsed : static_cast<StatementType>(found - kNames.begin());
}

StatementTypes statement_types_named(std::string_view word) {
  using enum StatementType;
  constexpr StatementTypes kRead = StatementTypes(select) | copy_to;
  constexpr StatementTypes kWrite = StatementTypes(insert) | update | delete_ | merge | truncate | copy_from;
  if (word == "READ") return kRead;
  if (word == "WRITE") return kWrite;
  if (word == "DML") return kRead | kWrite | lock;
  StatementTypes all;
  for (std::size_t i = 0; i < kTypesInRules; ++i) {
    const auto type = static_cast<StatementType>(i);
    if (word == kNames[i]) return type;
    if (type != server_file) all |= type;
  }
  return word == "ALL" ? all : StatementTypes{};
}

}  // namespace sqlproxy::pipeline
