#include "config/loading/pattern_syntax.hpp"
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
  if (table.text("value_pattern", rule.value_pattern)) {
    if (const auto fault = pattern_fault(rule.value_pattern)) {
      table.fault(table.place("value_pattern"), "\"value_pattern\" is not a regular expression (RE2): " + *fault);
    }
  }
  table.texts("type_names", rule.type_names, Emptiness::allowed);
  if (rule.column_names.empty() && !table.has("value_pattern") && rule.type_names.empty()) {
    table.fault(table.place(),
                table.name() + " can never fire: it has neither column_names nor value_pattern nor type_names");
  }
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
