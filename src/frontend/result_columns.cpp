#include "frontend/result_columns.hpp"

#include <algorithm>

namespace sqlproxy::frontend {
namespace {

using pipeline::ColumnWitness;
using pipeline::ResultColumn;

// What the analysis says of the statement's result; nothing where it cannot tell which column is which.
std::vector<pipeline::Projection> projections(const ResultContext& context, std::size_t count) {
  if (context.statement == nullptr || context.scope == nullptr || context.catalog == nullptr) return {};
  pipeline::Projections found = pipeline::projections_of(*context.statement, *context.scope, context.catalog);
  if (!found.positions_known || found.columns.size() != count) return {};
  return std::move(found.columns);
}

void add_witnesses(const pipeline::Projection& projection, ResultColumn& column) {
  for (const pipeline::ColumnOrigin& origin : projection.derived_from) {
    ColumnWitness witness{origin.relation, origin.column, projection.derivation};
    const auto same = [&](const ColumnWitness& known) {
      return known.relation == witness.relation && known.column == witness.column &&
             known.derivation == witness.derivation;
    };
    if (std::ranges::none_of(column.witnesses, same)) column.witnesses.push_back(std::move(witness));
  }
}

// The table and the number of the column that RowDescription gives: the server's own word for where it comes from.
void add_server_witness(const wire::RowDescription::Column& described, const pipeline::Catalog& catalog,
                        ResultColumn& column) {
  if (described.table_oid == 0 || described.attribute_number <= 0) return;
  const pipeline::CatalogRelation* relation = catalog.relation(described.table_oid);
  if (relation == nullptr) return;
  const pipeline::CatalogColumn* origin = relation->column(described.attribute_number);
  if (origin == nullptr) return;
  column.witnesses.push_back({relation->name, origin->name, pipeline::Derivation::direct});
  // A domain is sent as the type below it; the catalog knows its name.
  const pipeline::CatalogType* type = catalog.type(origin->type);
  if (origin->type >= pipeline::kFirstNormalOid && type != nullptr) column.type_name = type->schema + '.' + type->name;
}

}  // namespace

std::vector<ResultColumn> result_columns(const wire::RowDescription& description, const ResultContext& context) {
  std::vector<ResultColumn> columns;
  columns.reserve(description.columns.size());
  const std::vector<pipeline::Projection> analyzed = projections(context, description.columns.size());
  for (const wire::RowDescription::Column& described : description.columns) {
    ResultColumn& column = columns.emplace_back();
    column.name = described.name;
    column.type = described.type_oid;
    if (context.catalog == nullptr) continue;
    if (described.type_oid >= pipeline::kFirstNormalOid) {
      if (const pipeline::CatalogType* type = context.catalog->type(described.type_oid)) {
        column.type_name = type->schema + '.' + type->name;
      }
    }
    add_server_witness(described, *context.catalog, column);
    if (!analyzed.empty()) add_witnesses(analyzed[columns.size() - 1], column);
  }
  return columns;
}

std::vector<ResultColumn> unnamed_columns(std::size_t count, const ResultContext& context) {
  std::vector<ResultColumn> columns(count);
  const std::vector<pipeline::Projection> analyzed = projections(context, count);
  for (std::size_t i = 0; i < analyzed.size(); ++i) {
    columns[i].name = analyzed[i].name;
    add_witnesses(analyzed[i], columns[i]);
  }
  if (context.statement == nullptr || !context.statement->copy_format) return columns;
  const std::vector<std::string>& named = context.statement->copy_format->columns;
  if (named.size() != count) return columns;
  for (std::size_t i = 0; i < count; ++i) columns[i].name = named[i];
  return columns;
}

}  // namespace sqlproxy::frontend
