#include "pipeline/statement_columns.hpp"

#include <algorithm>
#include <string>

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

// Uses of a relation that touch columns which the text tells. MERGE is asked beside what it does to the columns.
constexpr StatementTypes kByColumns = StatementTypes(select) | insert | update | copy_to | copy_from;
constexpr StatementTypes kNoColumns = StatementTypes(merge) | lock;
constexpr StatementTypes kReading = StatementTypes(select) | copy_to;

[[nodiscard]] std::vector<RelationCandidates> resolve_relations(const Statement& statement, const NameResolver& names) {
  std::vector<RelationCandidates> all(statement.objects.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ObjectRef& object = statement.objects[i];
    if (object.kind != ObjectKind::relation || names.is_foreign_database(object.name)) continue;
    const bool created = object.created || object.temporary;
    all[i] = created ? names.created(object.name, object.temporary) : names.relation(object.name);
  }
  return all;
}

[[nodiscard]] bool is_known(const NameCandidate& candidate) {
  return candidate.relation != nullptr && !candidate.relation->columns.empty();
}

}  // namespace

StatementColumns::StatementColumns(const Statement& statement, const NameResolver& names)
    : statement_(statement), candidates_(resolve_relations(statement, names)), resolver_(statement, candidates_) {}

StatementTypes StatementColumns::required(std::size_t object) const {
  const StatementTypes told = statement_.objects[object].required;
  return resolver_.object(object).read.empty() ? told : told | select;
}

ColumnExtent StatementColumns::extent(std::size_t object, const NameCandidate& candidate, StatementType type) {
  if (kNoColumns.contains(type)) return {.every = false};
  if (!kByColumns.contains(type)) return {.every = true};
  names_.clear();
  ColumnExtent extent{.every = false};
  if (type == select) {
    const ObjectColumns& columns = resolver_.object(object);
    // What reads a relation without naming it in a query: CREATE TABLE ... (LIKE ...).
    extent.every = !columns.resolved || columns.read.every;
    names_.assign(columns.read.names.begin(), columns.read.names.end());
  }
  for (const DirectUse& use : statement_.shape.direct) {
    if (use.object == object && use.type == type) add_direct(use, candidate, extent);
  }
  if (!extent.every) extent.names = names_;
  return extent;
}

void StatementColumns::add_direct(const DirectUse& use, const NameCandidate& candidate, ColumnExtent& extent) {
  if (use.source == kNoIndex) {
    extent.every |= use.every;
    names_.insert(names_.end(), use.columns.begin(), use.columns.end());
    return;
  }
  // INSERT without a list of columns fills the first ones.
  const int count = resolver_.output_count(use.source);
  if (count < 0 || !is_known(candidate)) {
    extent.every = true;
    return;
  }
  const auto& columns = candidate.relation->columns;
  const std::size_t filled = std::min(columns.size(), static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < filled; ++i) names_.push_back(columns[i].name);
}

void StatementColumns::tell(const NameScope& scope, VerdictBuilder& verdict) {
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const ObjectColumns& columns = resolver_.object(i);
    const StatementTypes types = required(i);
    for (const NameCandidate& candidate : candidates_[i].all) {
      for (const StatementType type : {select, copy_to, insert, update, copy_from}) {
        if (!types.contains(type)) continue;
        auto& all = kReading.contains(type) ? verdict.columns() : verdict.columns_written();
        tell_columns(scope.database, candidate, extent(i, candidate, type), all);
      }
      const ColumnExtent filtered{.every = columns.filtered.every, .names = columns.filtered.names};
      tell_columns(scope.database, candidate, filtered, verdict.columns_filtered());
    }
  }
}

void StatementColumns::tell_columns(std::string_view database, const NameCandidate& candidate,
                                    const ColumnExtent& extent, std::vector<std::string>& all) const {
  const auto add = [&](std::string_view column) {
    std::string& text = all.emplace_back();
    text.reserve(database.size() + candidate.schema.size() + candidate.name.size() + column.size() + 3);
    text.append(database).append(1, '.').append(candidate.schema).append(1, '.').append(candidate.name);
    text.append(1, '.').append(column);
  };
  if (extent.every && is_known(candidate)) {
    for (const CatalogColumn& column : candidate.relation->columns) add(column.name);
  } else if (extent.every) {
    add("*");
  }
  for (const std::string_view name : extent.names) {
    const bool counted = is_known(candidate) && extent.every;
    const bool exists = !is_known(candidate) || candidate.relation->column(name) != nullptr || is_system_column(name);
    if (exists && !counted) add(name);
  }
}

}  // namespace sqlproxy::pipeline
