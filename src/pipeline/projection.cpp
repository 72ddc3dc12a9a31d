#include "pipeline/projection.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/column_resolver.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/statement_columns.hpp"

namespace sqlproxy::pipeline {
namespace {

// Follows one output of a query down to the columns of relations.
class Derivations final : public ColumnResolver::Sink {
 public:
  Derivations(const Statement& statement, const Catalog& catalog, const StatementColumns& columns,
              ColumnResolver& resolver)
      : shape_(statement.shape), catalog_(catalog), columns_(columns), resolver_(resolver) {}

  [[nodiscard]] Projection follow(std::uint32_t scope, std::uint32_t position);

  void column(std::uint32_t object, std::string_view name) override {
    for (const NameCandidate& candidate : columns_.candidates(object).all) {
      const CatalogRelation* relation = candidate.relation;
      const bool known = relation != nullptr && !relation->columns.empty();
      if (known && relation->column(name) == nullptr && !is_system_column(name)) continue;
      add(candidate, name);
      projection_.complete &= known;
    }
  }
  void every_column(std::uint32_t object) override {
    is_row_ = true;
    for (const NameCandidate& candidate : columns_.candidates(object).all) {
      if (candidate.relation == nullptr || candidate.relation->columns.empty()) {
        projection_.complete = false;
        continue;
      }
      for (const CatalogColumn& column : candidate.relation->columns) add(candidate, column.name);
    }
  }
  void output(std::uint32_t scope, std::uint32_t position) override {
    if (seen_.emplace(scope, position).second) waiting_.emplace_back(scope, position);
  }
  void unknown() override { projection_.complete = false; }

 private:
  void add(const NameCandidate& candidate, std::string_view column);
  [[nodiscard]] bool aggregates(const OutputColumn& output) const;

  const QueryShape& shape_;
  const Catalog& catalog_;
  const StatementColumns& columns_;
  ColumnResolver& resolver_;
  Projection projection_;
  bool is_row_ = false;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> waiting_;
};

// A view's column stands for itself and for the column that it shows.
void Derivations::add(const NameCandidate& candidate, std::string_view column) {
  auto& origins = projection_.derived_from;
  origins.push_back({std::string(candidate.schema), std::string(candidate.name), std::string(column)});
  const CatalogColumn* own = candidate.relation != nullptr ? candidate.relation->column(column) : nullptr;
  if (own == nullptr) return;
  for (const ViewColumn& shown : candidate.relation->view_columns) {
    if (shown.number != own->number) continue;
    const CatalogRelation* base = catalog_.relation(shown.relation);
    const CatalogColumn* source = base != nullptr ? base->column(shown.column) : nullptr;
    if (source != nullptr) origins.push_back({base->schema, base->name, source->name});
  }
}

bool Derivations::aggregates(const OutputColumn& output) const {
  return std::ranges::any_of(output.calls, [&](const std::string& name) {
    return std::ranges::any_of(catalog_.functions_named(name),
                               [](const CatalogFunction* function) { return function->kind == 'a'; });
  });
}

Projection Derivations::follow(std::uint32_t scope, std::uint32_t position) {
  projection_ = {};
  is_row_ = false;
  seen_.clear();
  bool direct = true;
  bool aggregate = false;
  bool first = true;
  output(scope, position);
  while (!waiting_.empty()) {
    const auto [query, place] = waiting_.back();
    waiting_.pop_back();
    const ColumnResolver::OutputSource source = resolver_.trace(query, place, *this);
    if (std::exchange(first, false)) projection_.name = source.name;
    direct &= source.is_column;
    const auto& outputs = shape_.scopes[query].outputs;
    aggregate |= source.written < outputs.size() && aggregates(outputs[source.written]);
  }
  direct &= !is_row_;
  projection_.derivation = aggregate ? Derivation::aggregate : direct ? Derivation::direct : Derivation::expression;
  auto& origins = projection_.derived_from;
  std::ranges::sort(origins);
  const auto repeated = std::ranges::unique(origins);
  origins.erase(repeated.begin(), repeated.end());
  return std::move(projection_);
}

// COPY ... TO of a table: its columns as they are.
void list_copied(const DirectUse& copy, const StatementColumns& columns, Projections& projections) {
  const auto& candidates = columns.candidates(copy.object).all;
  const CatalogRelation* relation = candidates.size() == 1 ? candidates.front().relation : nullptr;
  if (relation == nullptr || relation->columns.empty()) {
    projections.positions_known = false;
    return;
  }
  const auto add = [&](std::string_view column) {
    ColumnOrigin origin{relation->schema, relation->name, std::string(column)};
    projections.columns.push_back({std::string(column), Derivation::direct, {std::move(origin)}, true});
  };
  for (const std::string& name : copy.columns) add(name);
  if (!copy.every) return;
  for (const CatalogColumn& column : relation->columns) {
    if (column.generated_from.empty()) add(column.name);
  }
}

}  // namespace

Projections projections_of(const Statement& statement, const NameScope& scope, const Catalog* catalog) {
  Projections projections;
  const QueryShape& shape = statement.shape;
  if (catalog == nullptr) return projections;
  const NameResolver names(scope, *catalog);
  StatementColumns columns(statement, names);
  if (shape.copied != kNoIndex) list_copied(shape.direct[shape.copied], columns, projections);
  if (shape.result == kNoIndex) return projections;
  ColumnResolver& resolver = columns.resolver();
  projections.positions_known = resolver.knows_outputs(shape.result);
  const auto count = static_cast<std::uint32_t>(resolver.listed_outputs(shape.result));
  Derivations derivations(statement, *catalog, columns, resolver);
  projections.columns.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) projections.columns.push_back(derivations.follow(shape.result, i));
  return projections;
}

}  // namespace sqlproxy::pipeline
