#include "pipeline/reference_collector.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace sqlproxy::pipeline {
namespace {

// How far back a repetition is looked for: enough for the columns of a row, few enough to cost nothing.
constexpr std::size_t kLookBack = 24;

template <class T, class Same>
[[nodiscard]] bool is_recent(const std::vector<T>& all, Same same) {
  const std::size_t count = std::min(all.size(), kLookBack);
  return std::any_of(all.end() - static_cast<std::ptrdiff_t>(count), all.end(), same);
}

// Index 0 is the last part.
using NameParts = std::array<std::string_view, 3>;

[[nodiscard]] NameParts parts_of(std::span<const ListCell> cells) {
  NameParts parts;
  const std::size_t count = std::min(cells.size(), parts.size());
  for (std::size_t i = 0; i < count; ++i) parts[i] = text_of(node_in(cells[cells.size() - 1 - i]));
  return parts;
}

[[nodiscard]] QualifiedName to_name(const NameParts& parts) {
  return {std::string(parts[2]), std::string(parts[1]), std::string(parts[0])};
}

[[nodiscard]] bool equals(const QualifiedName& name, const NameParts& parts) {
  return name.name == parts[0] && name.schema == parts[1] && name.catalog == parts[2];
}

[[nodiscard]] Usage usage_for(StatementTypes required) {
  using enum StatementType;
  const bool reads = required.contains(select) || required.contains(copy_to) || required.contains(lock);
  constexpr StatementTypes kReading = StatementTypes(select) | copy_to | lock;
  const bool writes = !kReading.contains_all(required);
  if (!writes) return Usage::read;
  return reads ? Usage::read_write : Usage::write;
}

[[nodiscard]] bool is_temporary_schema(std::string_view schema) {
  return schema == "pg_temp" || schema.starts_with("pg_temp_");
}

[[nodiscard]] bool same_call(const FunctionRef& a, const FunctionRef& b) {
  return a.name == b.name && a.argument_count == b.argument_count && a.attribute_notation == b.attribute_notation &&
         a.constant_arguments == b.constant_arguments;
}

}  // namespace

bool ReferenceCollector::has_room() {
  if (references_ >= kMaxReferences) {
    overflowed_ = true;
    return false;
  }
  ++references_;
  return true;
}

std::size_t ReferenceCollector::add_relation(const RangeVar& relation, StatementTypes required) {
  add_object(ObjectKind::relation, qualified_name(relation), required);
  statement_.objects.back().location = relation.location;
  return statement_.objects.size() - 1;
}

void ReferenceCollector::add_created_relation(const RangeVar& relation) {
  add_object(ObjectKind::relation, qualified_name(relation), StatementType::ddl, true);
  ObjectRef& object = statement_.objects.back();
  object.location = relation.location;
  if (relation.relpersistence == 't') {
    object.temporary = true;
    statement_.creates_temporary = true;
  }
}

void ReferenceCollector::require(std::size_t index, StatementTypes required) {
  ObjectRef& object = statement_.objects[index];
  object.required |= required;
  object.usage = usage_for(object.required);
}

void ReferenceCollector::require_any(std::size_t index, StatementTypes any_of) {
  ObjectRef& object = statement_.objects[index];
  object.any_of = any_of;
  object.usage = usage_for(object.required | any_of);
}

void ReferenceCollector::add_object(ObjectKind kind, const List* name, StatementTypes required, bool created) {
  if (name != nullptr) add_object(kind, qualified_name(name), required, created);
}

void ReferenceCollector::add_object(ObjectKind kind, QualifiedName name, StatementTypes required, bool created) {
  // One past the bound is recorded, so that there is always a last object to speak of.
  if (!has_room() && !statement_.objects.empty()) return;
  ObjectRef object{.kind = kind, .name = std::move(name), .required = required, .usage = usage_for(required)};
  object.created = created;
  if (created && kind != ObjectKind::database && object.name.schema.empty()) object.name.schema = creation_schema_;
  if (created && is_temporary_schema(object.name.schema)) {
    object.temporary = true;
    statement_.creates_temporary = true;
  }
  if (required.contains(StatementType::ddl) || required.contains(StatementType::dcl)) statement_.changes_catalog = true;
  statement_.objects.push_back(std::move(object));
}

void ReferenceCollector::add_in_schema(const List* name, StatementTypes required, bool created) {
  add_object(ObjectKind::schema, name, required, created);
}

void ReferenceCollector::add_schema(std::string_view schema, StatementTypes required, bool created) {
  add_object(ObjectKind::schema, QualifiedName{{}, std::string(schema), {}}, required, created);
}

void ReferenceCollector::add_function(FunctionRef function) {
  if (is_recent(statement_.functions, [&](const FunctionRef& other) { return same_call(other, function); })) return;
  if (has_room()) statement_.functions.push_back(std::move(function));
}

void ReferenceCollector::add_function(const List* name, int argument_count) {
  if (name == nullptr) return;
  add_function(FunctionRef{.name = qualified_name(name), .argument_count = argument_count});
}

void ReferenceCollector::add_attribute(std::string_view name, int location) {
  const auto same = [name](const FunctionRef& other) { return other.attribute_notation && other.name.name == name; };
  if (is_recent(statement_.functions, same) || !has_room()) return;
  statement_.functions.push_back(FunctionRef{.name = {{}, {}, std::string(name)},
                                             .argument_count = 1,
                                             .constant_arguments = {},
                                             .attribute_notation = true,
                                             .location = location});
}

void ReferenceCollector::add_operator(const List* name) {
  const NameParts parts = parts_of(cells(name));
  if (parts[0].empty()) return;
  const auto same = [&](const OperatorRef& other) { return equals(other.name, parts); };
  if (is_recent(statement_.operators, same) || !has_room()) return;
  statement_.operators.push_back(OperatorRef{to_name(parts)});
}

void ReferenceCollector::add_operator(std::string_view name) {
  const auto same = [name](const OperatorRef& other) { return other.name.name == name && other.name.schema.empty(); };
  if (is_recent(statement_.operators, same) || !has_room()) return;
  statement_.operators.push_back(OperatorRef{QualifiedName{{}, {}, std::string(name)}});
}

void ReferenceCollector::add_type(const List* name) {
  const NameParts parts = parts_of(cells(name));
  if (parts[0].empty()) return;
  const auto same = [&](const TypeRef& other) { return equals(other.name, parts); };
  if (is_recent(statement_.types, same) || !has_room()) return;
  statement_.types.push_back(TypeRef{to_name(parts)});
}

QualifiedName qualified_name(const List* parts) {
  return to_name(parts_of(cells(parts)));
}

QualifiedName qualified_name_of_owner(const List* parts) {
  const auto all = cells(parts);
  return all.empty() ? QualifiedName{} : to_name(parts_of(all.first(all.size() - 1)));
}

QualifiedName qualified_name(const RangeVar& relation) {
  return {std::string(text_of(relation.catalogname)), std::string(text_of(relation.schemaname)),
          std::string(text_of(relation.relname))};
}

}  // namespace sqlproxy::pipeline
