#include "backend/catalog_loader.hpp"

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "backend/catalog_column_queries.hpp"
#include "backend/catalog_effect_queries.hpp"
#include "backend/catalog_loader_queries.hpp"
#include "backend/control_connection.hpp"

namespace sqlproxy::backend {
namespace {

using core::Result;
using core::Status;
using pipeline::CatalogRows;
using pipeline::Oid;

// One row of a result, by column. Views die with the result.
class Row {
 public:
  Row(const PGresult* result, int row) : result_(result), row_(row) {}

  [[nodiscard]] std::string text(int column) const { return std::string(view(column)); }
  [[nodiscard]] char character(int column) const { return *PQgetvalue(result_, row_, column); }
  [[nodiscard]] bool flag(int column) const { return character(column) == 't'; }
  [[nodiscard]] Oid oid(int column) const { return number<Oid>(column); }
  [[nodiscard]] int integer(int column) const { return number<int>(column); }
  [[nodiscard]] std::int16_t small_integer(int column) const { return number<std::int16_t>(column); }

 private:
  [[nodiscard]] std::string_view view(int column) const {
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }
  template <class T>
  [[nodiscard]] T number(int column) const {
    T value = 0;
    const std::string_view digits = view(column);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

  const PGresult* result_;
  int row_;
};

// A set of columns in a stored tree: each number is counted from below the system columns
// (access/sysattr.h, FirstLowInvalidHeapAttributeNumber).
std::vector<std::int16_t> column_set(std::string_view text) {
  constexpr int kFirst = -7;
  std::vector<std::int16_t> numbers;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    int number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error == std::errc()) numbers.push_back(static_cast<std::int16_t>(number + kFirst));
    at = next > at ? next : at + 1;
  }
  return numbers;
}

// Reads one catalog after the other into `rows`. The first failure stops the rest.
class CatalogReader {
 public:
  explicit CatalogReader(ControlConnection& connection) : connection_(connection) {}

  [[nodiscard]] Result<CatalogRows> read();

 private:
  template <class Take>
  void each(const char* sql, Take take);
  void read_relations();
  void read_columns();
  void read_functions();
  void read_types();
  void read_code();
  void read_settings();

  ControlConnection& connection_;
  Status status_;
  CatalogRows rows_;
  // Index in `rows_.relations` by OID.
  std::unordered_map<Oid, std::size_t> relations_;
};

template <class Take>
void CatalogReader::each(const char* sql, Take take) {
  if (!status_) return;
  const Result<QueryResult> result = connection_.query(sql);
  if (!result) {
    status_ = result.error();
    return;
  }
  const int count = PQntuples(result->get());
  for (int i = 0; i < count; ++i) take(Row(result->get(), i));
}

void CatalogReader::read_relations() {
  each(catalog_queries::kSchemas, [&](const Row& row) { rows_.schemas.push_back({row.oid(0), row.text(1)}); });
  each(catalog_queries::kRelations, [&](const Row& row) {
    relations_.emplace(row.oid(0), rows_.relations.size());
    pipeline::CatalogRelation& relation = rows_.relations.emplace_back();
    relation.oid = row.oid(0);
    relation.schema = row.text(1);
    relation.name = row.text(2);
    relation.kind = static_cast<pipeline::RelationKind>(row.character(3));
    relation.owner = row.oid(4);
    relation.has_rules = row.flag(5);
  });
  // Takes the pair's second to the list of the relation that is its first.
  const auto add_to = [&](std::vector<Oid> pipeline::CatalogRelation::* list, Oid relation, Oid item) {
    const auto found = relations_.find(relation);
    if (found != relations_.end()) (rows_.relations[found->second].*list).push_back(item);
  };
  using pipeline::CatalogRelation;
  each(catalog_queries::kRuleUses, [&](const Row& row) {
    const bool is_relation = row.character(1) == 'r';
    add_to(is_relation ? &CatalogRelation::rule_relations : &CatalogRelation::rule_functions, row.oid(0), row.oid(2));
  });
  each(catalog_queries::kParents, [&](const Row& row) { add_to(&CatalogRelation::parents, row.oid(0), row.oid(1)); });
  each(catalog_queries::kForeignKeys,
       [&](const Row& row) { add_to(&CatalogRelation::referenced_by, row.oid(0), row.oid(1)); });
}

void CatalogReader::read_columns() {
  const auto relation = [&](const Row& row) -> pipeline::CatalogRelation* {
    const auto found = relations_.find(row.oid(0));
    return found != relations_.end() ? &rows_.relations[found->second] : nullptr;
  };
  each(catalog_queries::kColumns, [&](const Row& row) {
    if (auto* of = relation(row)) of->columns.push_back({row.text(2), row.small_integer(1), row.oid(3)});
  });
  each(catalog_queries::kGenerated, [&](const Row& row) {
    auto* of = relation(row);
    if (of == nullptr) return;
    for (pipeline::CatalogColumn& column : of->columns) {
      if (column.number == row.small_integer(1)) column.generated_from.push_back(row.small_integer(2));
    }
  });
  each(catalog_queries::kRuleColumns, [&](const Row& row) {
    if (auto* of = relation(row)) of->rule_columns.push_back({row.oid(1), column_set(row.text(2))});
  });
  each(catalog_queries::kViewColumns, [&](const Row& row) {
    if (auto* of = relation(row)) {
      of->view_columns.push_back({row.small_integer(1), row.oid(2), row.small_integer(3)});
    }
  });
}

void CatalogReader::read_functions() {
  each(catalog_queries::kFunctions, [&](const Row& row) {
    pipeline::CatalogFunction& function = rows_.functions.emplace_back();
    function.oid = row.oid(0);
    function.schema = row.text(1);
    function.name = row.text(2);
    function.maximum_arguments = row.integer(3);
    function.minimum_arguments = row.integer(3) - row.integer(4);
    function.variadic = row.flag(5);
    function.volatility = static_cast<pipeline::Volatility>(row.character(6));
    function.leakproof = row.flag(7);
    function.security_definer = row.flag(8);
    function.kind = row.character(9);
    function.language = row.text(10);
    function.owner = row.oid(11);
    function.from_extension = row.flag(12);
  });
  each(catalog_queries::kOperators,
       [&](const Row& row) { rows_.operators.push_back({row.text(0), row.text(1), row.oid(2)}); });
  each(catalog_queries::kCasts, [&](const Row& row) { rows_.casts.push_back({row.oid(0), row.oid(1), row.oid(2)}); });
}

void CatalogReader::read_types() {
  std::unordered_map<Oid, Oid> base_of;
  each(catalog_queries::kTypes, [&](const Row& row) {
    rows_.types.push_back({row.oid(0), row.text(1), row.text(2), {}});
    if (row.oid(3) != 0) base_of.emplace(row.oid(0), row.oid(3));
  });
  std::unordered_map<Oid, std::vector<Oid>> functions;
  each(catalog_queries::kTypeFunctions, [&](const Row& row) { functions[row.oid(0)].push_back(row.oid(1)); });
  for (pipeline::CatalogType& type : rows_.types) {
    // A domain leads to what the domain or type below it leads to. PostgreSQL allows no cycles.
    for (Oid oid = type.oid; oid != 0; oid = base_of.contains(oid) ? base_of[oid] : 0) {
      const auto found = functions.find(oid);
      if (found != functions.end())
        type.functions.insert(type.functions.end(), found->second.begin(), found->second.end());
    }
  }
}

// The code that the server runs by itself.
void CatalogReader::read_code() {
  each(catalog_queries::kUserCode, [&](const Row& row) {
    if (row.character(0) == 't')
      rows_.coded_types.push_back(row.oid(1));
    else
      rows_.relation_code.push_back({row.oid(1), 0, row.flag(2)});
  });
  each(catalog_queries::kBuiltinCode,
       [&](const Row& row) { rows_.relation_code.push_back({row.oid(0), row.oid(2), row.flag(1)}); });
  each(catalog_queries::kPolicyReads, [&](const Row& row) { rows_.policy_reads.push_back({row.oid(0), row.oid(1)}); });
  each(catalog_queries::kEventTriggers, [&](const Row& row) { rows_.has_event_triggers = row.flag(0); });
}

void CatalogReader::read_settings() {
  each(catalog_queries::kSearchPaths,
       [&](const Row& row) { rows_.search_paths.push_back({row.text(0), row.flag(1), row.text(2)}); });
  each(catalog_queries::kServerSearchPath, [&](const Row& row) { rows_.server_search_path = row.text(0); });
  each(catalog_queries::kRoles, [&](const Row& row) { rows_.roles.push_back(row.text(0)); });
}

Result<CatalogRows> CatalogReader::read() {
  const auto ignore = [](const Row&) {};
  each(catalog_queries::kEmptySearchPath, ignore);
  each(catalog_queries::kBegin, ignore);
  each(catalog_queries::kDatabase, [&](const Row& row) { rows_.database = row.text(0); });
  rows_.server_version = connection_.server_version();
  read_relations();
  read_columns();
  read_functions();
  read_types();
  read_code();
  read_settings();
  if (!status_) return std::move(status_).error();
  return std::move(rows_);
}

}  // namespace

Result<std::shared_ptr<const pipeline::Catalog>> load_catalog(const ConnectionParameters& parameters,
                                                              std::uint64_t generation,
                                                              std::chrono::milliseconds time_limit,
                                                              const std::stop_token& stop) {
  ControlConnection connection(stop);
  connection.set_deadline(ControlConnection::Clock::now() + time_limit);
  if (Status opened = connection.open(parameters); !opened) return std::move(opened).error();
  Result<CatalogRows> rows = CatalogReader(connection).read();
  if (!rows) return std::move(rows).error();
  return pipeline::Catalog::build(std::move(rows).value(), generation);
}

}  // namespace sqlproxy::backend
