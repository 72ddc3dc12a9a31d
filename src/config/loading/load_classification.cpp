#include "config/loading/sections.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr std::int64_t kMaxSampleRows = 1'000'000;

ClassificationRule load_rule(TableReader& table) {
  ClassificationRule rule;
  rule.line = table.place().line;
  if (!table.text("tag", rule.tag) && !table.has("tag")) {
    table.fault(table.place(), table.name() + " lacks \"tag\"");
  }
  table.texts("column_names", rule.column_names, Emptiness::allowed);
  table.text("value_pattern", rule.value_pattern);
  table.texts("type_names", rule.type_names, Emptiness::allowed);
  table.finish();
  return rule;
}

}  // namespace

void load_classification(TableReader& root, LoadContext& context) {
  auto table = root.table("classification");
  if (!table) return;
  Classification& classification = context.config.classification;
  table->boolean("enabled", classification.enabled);
  std::int64_t sample_rows = classification.sample_rows;
  table->integer("sample_rows", sample_rows, -1, kMaxSampleRows);
  classification.sample_rows = static_cast<int>(sample_rows);
  for (TableReader& rule : table->tables("rules")) classification.rules.push_back(load_rule(rule));
  table->finish();
}

}  // namespace sqlproxy::config::loading
