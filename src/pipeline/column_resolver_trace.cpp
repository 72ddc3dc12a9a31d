// ColumnResolver: what the outputs of queries rest on.
#include <algorithm>

#include "pipeline/column_resolver.hpp"

namespace sqlproxy::pipeline {

int ColumnResolver::output_count(std::uint32_t scope) {
  const ColumnList& list = outputs_of(scope);
  return list.more ? -1 : static_cast<int>(list.columns.size());
}

std::uint32_t ColumnResolver::naming_scope(std::uint32_t scope) const {
  while (shape_.scopes[scope].left != kNoIndex) scope = shape_.scopes[scope].left;
  return scope;
}

ColumnResolver::OutputSource ColumnResolver::trace(std::uint32_t scope, std::uint32_t position, Sink& sink) {
  const ColumnList& list = outputs_of(scope);
  const QueryScope& query = shape_.scopes[scope];
  if (position >= list.columns.size()) {
    sink.unknown();
    return {};
  }
  const NamedColumn& column = list.columns[position];
  OutputSource source{.name = column.name, .is_column = true};
  if (query.left != kNoIndex) {
    sink.output(query.left, position);
    if (query.right != kNoIndex) sink.output(query.right, position);
    return source;
  }
  if (column.leaf.item != kNoIndex || column.leaf.scope == kNoIndex) {
    take_leaf(column.leaf, sink);
    if (column.other.scope != kNoIndex) take_leaf(column.other, sink);
    return source;
  }
  source.written = column.leaf.position;
  source.is_column = query.outputs[source.written].is_column;
  trace_written(scope, source.written, sink);
  return source;
}

// What the expression of an output names, and what the sub-queries in it return.
void ColumnResolver::trace_written(std::uint32_t scope, std::uint32_t output, Sink& sink) {
  const auto key_of = [&](std::uint32_t index) {
    const ColumnUse& use = shape_.uses[index];
    return std::pair(use.place.scope, use.output);
  };
  const auto in_order = [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(key_of(a), a) < std::pair(key_of(b), b);
  };
  if (uses_by_output_.empty()) {
    for (std::uint32_t i = 0; i < shape_.uses.size(); ++i) uses_by_output_.push_back(i);
    std::ranges::sort(uses_by_output_, in_order);
  }
  const auto wanted = std::pair(scope, shape_.scopes[scope].is_values ? kNoIndex : output);
  for (const std::uint32_t index : std::ranges::equal_range(uses_by_output_, wanted, {}, key_of)) {
    if (!spend(1)) return;
    resolve_use(shape_.uses[index], sink);
  }
  for (std::uint32_t inner = scope + 1; inner < shape_.scopes.size(); ++inner) {
    if (!spend(1)) return;
    const QueryScope& query = shape_.scopes[inner];
    if (query.outer.scope != scope || query.outer_output != wanted.second) continue;
    if (query.outer_output == kNoIndex && !shape_.scopes[scope].is_values) continue;
    const std::size_t count = outputs_of(inner).columns.size();
    for (std::uint32_t position = 0; position < count; ++position) sink.output(inner, position);
  }
}

}  // namespace sqlproxy::pipeline
