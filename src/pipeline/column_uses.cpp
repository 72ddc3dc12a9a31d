#include "pipeline/column_uses.hpp"

#include <algorithm>

namespace sqlproxy::pipeline {
namespace {

// No column is called so: a quoted "*" is, and is refused along with it.
constexpr std::string_view kStar = "*";

}  // namespace

void ColumnUses::add(const ColumnRef& column) {
  const auto fields = cells(column.fields);
  const Node* last = node_in(fields.back());
  const std::string_view qualifier = fields.size() > 1 ? text_of(node_in(fields[fields.size() - 2])) : "";
  uses_.push_back({qualifier, is(last, T_A_Star) ? kStar : text_of(last)});
}

void ColumnUses::add_source(const RangeVar& relation, std::size_t object, bool starred) {
  const SensitiveColumns* columns = sensitive_columns_of(text_of(relation.relname));
  if (columns == nullptr || starred) return;
  const Alias* alias = relation.alias;
  if (alias != nullptr && alias->colnames != nullptr) return;
  sources_.push_back({columns, text_of(alias != nullptr ? alias->aliasname : relation.relname), object});
}

bool ColumnUses::may_read(const Use& use, const Source& source) {
  if (use.column == source.name || source.columns->is_sensitive(use.column)) return true;
  return use.qualifier == source.name && !source.columns->is_harmless(use.column);
}

void ColumnUses::mark_objects(Statement& statement) const {
  if (unclear_) return;
  for (const Source& source : sources_) {
    const bool spared = std::ranges::none_of(uses_, [&](const Use& use) { return may_read(use, source); });
    statement.objects[source.object].spares_sensitive_columns = spared;
  }
}

}  // namespace sqlproxy::pipeline
