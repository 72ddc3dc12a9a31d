#include "backend/catalog_loader.hpp"

#include <charconv>
#include <cstdint>
#include <functional>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
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

// Notes what to ask and what to do with the rows, asks all of it at once, and then goes through the rows.
class CatalogReader {
 public:
  explicit CatalogReader(ControlConnection& connection) : connection_(connection) {}

  [[nodiscard]] Result<CatalogRows> read();

 private:
  struct Question {
    const char* sql;
    std::function<void(const Row&)> take;
  };

  void each(const char* sql, std::function<void(const Row&)> take) { questions_.push_back({sql, std::move(take)}); }
  [[nodiscard]] Status ask();
  void read_relations();
  void read_uses();
  void read_columns();
  void read_functions();
  void read_types();
  void connect_types();
  void read_code();
  void read_settings();
  // Takes the pair's second to the list of the relation that is its first.
  void add_to(std::vector<Oid> pipeline::CatalogRelation::* list, Oid relation, Oid item);
  // The relation that the row's first column is the OID of; null for one that is not read.
  [[nodiscard]] pipeline::CatalogRelation* relation_of(const Row& row);

  ControlConnection& connection_;
  std::vector<Question> questions_;
  CatalogRows rows_;
  std::unordered_map<Oid, std::size_t> relation_index_;
  std::unordered_map<Oid, Oid> base_of_;
  std::unordered_map<Oid, std::vector<Oid>> type_functions_;
};

Status CatalogReader::ask() {
  std::vector<const char*> texts{catalog_queries::kBegin};
  for (const Question& question : questions_) texts.push_back(question.sql);
  texts.push_back(catalog_queries::kCommit);
  const Result<std::vector<QueryResult>> results = connection_.query_all(texts);
  if (!results) return results.error();
  // The transaction is over: however long this takes, it keeps nothing back on the server.
  for (std::size_t i = 0; i < questions_.size(); ++i) {
    const PGresult* result = (*results)[i + 1].get();
    const int count = PQntuples(result);
    for (int row = 0; row < count; ++row) questions_[i].take(Row(result, row));
  }
  return {};
}

void CatalogReader::add_to(std::vector<Oid> pipeline::CatalogRelation::* list, Oid relation, Oid item) {
  const auto found = relation_index_.find(relation);
  if (found != relation_index_.end()) (rows_.relations[found->second].*list).push_back(item);
}

void CatalogReader::read_relations() {
  each(catalog_queries::kSchemas, [&](const Row& row) { rows_.schemas.push_back({row.oid(0), row.text(1)}); });
  each(catalog_queries::kRelations, [&](const Row& row) {
    relation_index_.emplace(row.oid(0), rows_.relations.size());
    pipeline::CatalogRelation& relation = rows_.relations.emplace_back();
    relation.oid = row.oid(0);
    relation.schema = row.text(1);
    relation.name = row.text(2);
    relation.kind = static_cast<pipeline::RelationKind>(row.character(3));
    relation.owner = row.oid(4);
    relation.has_rules = row.flag(5);
    relation.row_security = row.flag(6);
  });
}

// Behind the relations themselves.
void CatalogReader::read_uses() {
  using pipeline::CatalogRelation;
  each(catalog_queries::kRuleUses, [&](const Row& row) {
    const bool is_relation = row.character(1) == 'r';
    add_to(is_relation ? &CatalogRelation::rule_relations : &CatalogRelation::rule_functions, row.oid(0), row.oid(2));
  });
  each(catalog_queries::kParents, [&](const Row& row) { add_to(&CatalogRelation::parents, row.oid(0), row.oid(1)); });
  each(catalog_queries::kForeignKeys,
       [&](const Row& row) { add_to(&CatalogRelation::referenced_by, row.oid(0), row.oid(1)); });
}

pipeline::CatalogRelation* CatalogReader::relation_of(const Row& row) {
  const auto found = relation_index_.find(row.oid(0));
  return found != relation_index_.end() ? &rows_.relations[found->second] : nullptr;
}

void CatalogReader::read_columns() {
  each(catalog_queries::kColumns, [&](const Row& row) {
    if (auto* of = relation_of(row)) of->columns.push_back({row.text(2), row.small_integer(1), row.oid(3)});
  });
  each(catalog_queries::kGenerated, [&](const Row& row) {
    auto* of = relation_of(row);
    if (of == nullptr) return;
    for (pipeline::CatalogColumn& column : of->columns) {
      if (column.number == row.small_integer(1)) column.generated_from.push_back(row.small_integer(2));
    }
  });
  each(catalog_queries::kRuleColumns, [&](const Row& row) {
    if (auto* of = relation_of(row)) of->rule_columns.push_back({row.oid(1), column_set(row.text(2))});
  });
  each(catalog_queries::kViewColumns, [&](const Row& row) {
    if (auto* of = relation_of(row)) {
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
  each(catalog_queries::kTypes, [&](const Row& row) {
    rows_.types.push_back({row.oid(0), row.text(1), row.text(2), {}});
    if (row.oid(3) != 0) base_of_.emplace(row.oid(0), row.oid(3));
  });
  each(catalog_queries::kTypeFunctions, [&](const Row& row) { type_functions_[row.oid(0)].push_back(row.oid(1)); });
}

void CatalogReader::connect_types() {
  for (pipeline::CatalogType& type : rows_.types) {
    // A domain leads to what the domain or type below it leads to. PostgreSQL allows no cycles.
    for (Oid oid = type.oid; oid != 0; oid = base_of_.contains(oid) ? base_of_[oid] : 0) {
      const auto found = type_functions_.find(oid);
      if (found != type_functions_.end())
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
  each(catalog_queries::kDatabase, [&](const Row& row) { rows_.database = row.text(0); });
  rows_.server_version = connection_.server_version();
  read_relations();
  read_uses();
  read_columns();
  read_functions();
  read_types();
  read_code();
  read_settings();
  if (Status asked = ask(); !asked) return std::move(asked).error();
  connect_types();
  return std::move(rows_);
}

}  // namespace

CatalogLoader::CatalogLoader(ConnectionParameters parameters) : parameters_(std::move(parameters)) {}

CatalogLoader::~CatalogLoader() = default;

void CatalogLoader::close() {
  connection_.reset();
}

Status CatalogLoader::connect(Clock::time_point deadline, const std::stop_token& stop) {
  connection_ = std::make_unique<ControlConnection>(stop);
  connection_->set_deadline(deadline);
  if (Status opened = connection_->open(parameters_); !opened) return opened;
  opened_at_ = Clock::now();
  for (const char* setting : {catalog_queries::kEmptySearchPath, catalog_queries::kNoJit}) {
    if (auto set = connection_->query(setting); !set) return std::move(set).error();
  }
  return {};
}

Result<std::shared_ptr<const pipeline::Catalog>> CatalogLoader::load(std::uint64_t generation,
                                                                     std::chrono::milliseconds time_limit,
                                                                     const std::stop_token& stop) {
  const Clock::time_point deadline = Clock::now() + time_limit;
  if (connection_ && Clock::now() - opened_at_ > kMaxAge) connection_.reset();
  bool kept_open = connection_ != nullptr;
  for (;; kept_open = false) {
    if (!kept_open) {
      if (Status connected = connect(deadline, stop); !connected) {
        connection_.reset();
        return std::move(connected).error();
      }
    }
    connection_->set_deadline(deadline);
    Result<CatalogRows> rows = CatalogReader(*connection_).read();
    last_used_ = Clock::now();
    if (rows) return pipeline::Catalog::build(std::move(rows).value(), generation);
    // The server may have gone away and come back since the last load.
    const bool try_again = kept_open && rows.error().code == core::ErrorCode::network;
    connection_.reset();
    if (!try_again) return std::move(rows).error();
  }
}

Result<std::shared_ptr<const pipeline::Catalog>> load_catalog(const ConnectionParameters& parameters,
                                                              std::uint64_t generation,
                                                              std::chrono::milliseconds time_limit,
                                                              const std::stop_token& stop) {
  return CatalogLoader(parameters).load(generation, time_limit, stop);
}

}  // namespace sqlproxy::backend
