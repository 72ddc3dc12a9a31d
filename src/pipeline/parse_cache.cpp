#include "pipeline/parse_cache.hpp"

#include <iterator>
#include <optional>

#include <utility>
#include <vector>

namespace sqlproxy::pipeline {

namespace {

// What a string takes outside of its own object: short ones live inside it.
std::size_t bytes_of(const std::string& text) {
  return text.capacity() > 15 ? text.capacity() + 1 : 0;
}

std::size_t bytes_of(const QualifiedName& name) {
  return bytes_of(name.catalog) + bytes_of(name.schema) + bytes_of(name.name);
}

template <class T>
std::size_t bytes_of_elements(const std::vector<T>& elements) {
  std::size_t bytes = elements.capacity() * sizeof(T);
  for (const T& element : elements) bytes += bytes_of(element.name);
  return bytes;
}

std::size_t bytes_of_constants(const FunctionRef& function) {
  std::size_t bytes = function.constant_arguments.capacity() * sizeof(std::optional<std::string>);
  for (const auto& constant : function.constant_arguments) bytes += constant ? bytes_of(*constant) : 0;
  return bytes;
}

std::size_t bytes_of_values(const SettingChange& setting) {
  if (!setting.values) return 0;
  std::size_t bytes = setting.values->capacity() * sizeof(std::string);
  for (const std::string& value : *setting.values) bytes += bytes_of(value);
  return bytes;
}

std::size_t bytes_of_texts(const std::vector<std::string>& texts) {
  std::size_t bytes = texts.capacity() * sizeof(std::string);
  for (const std::string& text : texts) bytes += bytes_of(text);
  return bytes;
}

std::size_t bytes_of(const QueryShape& shape) {
  std::size_t bytes = shape.scopes.capacity() * sizeof(QueryScope) + shape.uses.capacity() * sizeof(ColumnUse) +
                      shape.direct.capacity() * sizeof(DirectUse) +
                      shape.common_tables.capacity() * sizeof(CommonTable);
  for (const QueryScope& scope : shape.scopes) {
    bytes += scope.items.capacity() * sizeof(RangeItem) + scope.outputs.capacity() * sizeof(OutputColumn);
    for (const RangeItem& item : scope.items) {
      bytes += bytes_of(item.name) + bytes_of(item.shared_name) + bytes_of_texts(item.column_names) +
               bytes_of_texts(item.shared);
    }
    for (const OutputColumn& output : scope.outputs) bytes += bytes_of(output.name) + bytes_of_texts(output.calls);
  }
  for (const ColumnUse& use : shape.uses) bytes += bytes_of(use.schema) + bytes_of(use.relation) + bytes_of(use.column);
  for (const DirectUse& use : shape.direct) bytes += bytes_of_texts(use.columns);
  for (const CommonTable& table : shape.common_tables) bytes += bytes_of_texts(table.column_names);
  return bytes;
}

std::size_t bytes_of(const Statement& statement) {
  std::size_t bytes = bytes_of(statement.sub_type) + bytes_of(statement.transaction.name) +
                      bytes_of(statement.prepared.name) + bytes_of(statement.cursor.name) +
                      bytes_of(statement.listen.channel) + bytes_of(statement.normalized);
  bytes += bytes_of_elements(statement.objects) + bytes_of_elements(statement.functions) +
           bytes_of_elements(statement.operators) + bytes_of_elements(statement.types) +
           bytes_of_elements(statement.settings);
  bytes += bytes_of(statement.shape);
  for (const FunctionRef& function : statement.functions) bytes += bytes_of_constants(function);
  for (const SettingChange& setting : statement.settings) bytes += bytes_of_values(setting);
  return bytes;
}

std::size_t bytes_of(const Analysis& analysis) {
  std::size_t bytes = sizeof(Analysis) + bytes_of(analysis.normalized);
  bytes += analysis.statements.capacity() * sizeof(Statement);
  for (const Statement& statement : analysis.statements) bytes += bytes_of(statement);
  if (analysis.error) {
    bytes += bytes_of(analysis.error->message) + bytes_of(analysis.error->detail) + bytes_of(analysis.error->hint);
  }
  return bytes;
}

// An entry's own objects, the list's and the hash table's nodes, the allocator's overhead.
constexpr std::size_t kEntryOverhead = 192;

}  // namespace

ParseCache::ParseCache(const ParseCacheLimits& limits) : limits_(limits) {
  by_hash_.reserve(limits.max_entries);
}

std::shared_ptr<const Analysis> ParseCache::find(const CacheKey& key) {
  const auto found = by_hash_.find(key.hash);
  if (found == by_hash_.end() || found->second->exact != key.exact || found->second->text != key.text) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->analysis;
}

void ParseCache::insert(const CacheKey& key, std::shared_ptr<const Analysis> analysis) {
  if (analysis->error && !key.exact) return;
  const std::size_t bytes = kEntryOverhead + key.text.size() + bytes_of(*analysis);
  if (limits_.max_entries == 0 || key.text.size() > limits_.max_key_bytes || bytes > limits_.max_bytes / 8) return;

  if (const auto found = by_hash_.find(key.hash); found != by_hash_.end()) erase(found->second);
  while (recent_.size() >= limits_.max_entries || bytes_ + bytes > limits_.max_bytes) erase(std::prev(recent_.end()));
  recent_.push_front({key.hash, key.exact, std::string(key.text), std::move(analysis), bytes});
  by_hash_.emplace(key.hash, recent_.begin());
  bytes_ += bytes;
}

void ParseCache::clear() {
  by_hash_.clear();
  recent_.clear();
  bytes_ = 0;
}

void ParseCache::erase(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_hash_.erase(entry->hash);
  recent_.erase(entry);
}

}  // namespace sqlproxy::pipeline
