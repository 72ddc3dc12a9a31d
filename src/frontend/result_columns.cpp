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

// Views of views are followed so far.
constexpr int kMaxViews = 16;

void add_witness(ColumnWitness witness, ResultColumn& column) {
  const auto same = [&](const ColumnWitness& known) {
    return known.relation == witness.relation && known.column == witness.column &&
           known.derivation == witness.derivation;
  };
  if (std::ranges::none_of(column.witnesses, same)) column.witnesses.push_back(std::move(witness));
}

// The column of that number, and what is below it where the relation is a view that shows it as it is.
void add_origins(const pipeline::Catalog& catalog, const pipeline::CatalogRelation* relation, std::int16_t number,
                 pipeline::Derivation derivation, ResultColumn& column) {
  for (int depth = 0; depth < kMaxViews && relation != nullptr; ++depth) {
    const pipeline::CatalogColumn* origin = relation->column(number);
    if (origin == nullptr) return;
    add_witness({relation->name, origin->name, derivation}, column);
    const auto below = std::ranges::find(relation->view_columns, number, &pipeline::ViewColumn::number);
    if (below == relation->view_columns.end()) return;
    number = below->column;
    relation = catalog.relation(below->relation);
  }
}

void add_analyzed(const pipeline::Projection& projection, const pipeline::Catalog& catalog, ResultColumn& column) {
  for (const pipeline::ColumnOrigin& origin : projection.derived_from) {
    add_witness({origin.relation, origin.column, projection.derivation}, column);
    const pipeline::CatalogRelation* relation = catalog.relation(origin.schema, origin.relation);
    const pipeline::CatalogColumn* known = relation == nullptr ? nullptr : relation->column(origin.column);
    if (known != nullptr) add_origins(catalog, relation, known->number, projection.derivation, column);
  }
}

// The table and the number of the column that RowDescription gives: the server's own word for where it comes from.
void add_described(const wire::RowDescription::Column& described, const pipeline::Catalog& catalog,
                   ResultColumn& column) {
  if (described.table_oid == 0 || described.attribute_number <= 0) return;
  const pipeline::CatalogRelation* relation = catalog.relation(described.table_oid);
  if (relation == nullptr) return;
  add_origins(catalog, relation, described.attribute_number, pipeline::Derivation::direct, column);
  // A domain is sent as the type below it; the catalog knows its name.
  const pipeline::CatalogColumn* origin = relation->column(described.attribute_number);
  if (origin == nullptr || origin->type < pipeline::kFirstNormalOid) return;
  if (const pipeline::CatalogType* type = catalog.type(origin->type))
    column.type_name = type->schema + '.' + type->name;
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
    add_described(described, *context.catalog, column);
    if (!analyzed.empty()) add_analyzed(analyzed[columns.size() - 1], *context.catalog, column);
  }
  return columns;
}

std::vector<ResultColumn> unnamed_columns(std::size_t count, const ResultContext& context) {
  std::vector<ResultColumn> columns(count);
  const std::vector<pipeline::Projection> analyzed = projections(context, count);
  for (std::size_t i = 0; i < analyzed.size(); ++i) {
    columns[i].name = analyzed[i].name;
    add_analyzed(analyzed[i], *context.catalog, columns[i]);
  }
  if (context.statement == nullptr || !context.statement->copy_format) return columns;
  const std::vector<std::string>& named = context.statement->copy_format->columns;
  if (named.size() != count) return columns;
  for (std::size_t i = 0; i < count; ++i) columns[i].name = named[i];
  return columns;
}

}  // namespace sqlproxy::frontend
