#include "frontend/result_columns.hpp"

#include <algorithm>

namespace sqlproxy::frontend {

std::vector<pipeline::ResultColumn> result_columns(const wire::RowDescription& description,
                                                   const ResultContext& context) {
  std::vector<pipeline::ResultColumn> columns;
  columns.reserve(description.columns.size());
  for (const wire::RowDescription::Column& described : description.columns) {
    pipeline::ResultColumn& column = columns.emplace_back();
    column.name = described.name;
    column.type = described.type_oid;
    if (context.catalog == nullptr) continue;
    if (described.type_oid >= pipeline::kFirstNormalOid) {
      if (const pipeline::CatalogType* type = context.catalog->type(described.type_oid)) {
        column.type_name = type->schema + '.' + type->name;
      }
    }
    if (described.table_oid == 0 || described.attribute_number <= 0) continue;
    if (const pipeline::CatalogRelation* relation = context.catalog->relation(described.table_oid)) {
      column.witnesses.push_back({relation->name, column.name, pipeline::Derivation::direct});
    }
  }
  return columns;
}

std::vector<pipeline::ResultColumn> copied_columns(std::size_t count, const ResultContext& context) {
  std::vector<pipeline::ResultColumn> columns(count);
  if (context.statement == nullptr || !context.statement->copy_format) return columns;
  const std::vector<std::string>& named = context.statement->copy_format->columns;
  if (named.size() != count) return columns;
  for (std::size_t i = 0; i < count; ++i) columns[i].name = named[i];
  return columns;
}

}  // namespace sqlproxy::frontend
