#include "app/commands/live_check.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>

#include "app/snapshot_builder.hpp"
#include "core/log.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/policy_pattern.hpp"

namespace sqlproxy::app {
namespace {

using pipeline::Catalog;

std::string in_quotes(std::string_view name) {
  return '"' + core::log_safe(name) + '"';
}

bool has_table(const Catalog& catalog, const config::PolicyRule& rule, const std::string& table) {
  if (table == "*") return true;
  if (rule.schema == "*") return !catalog.relations_named(table).empty();
  return catalog.relation(rule.schema, table) != nullptr;
}

// Whether the rule speaks of the relation, or of one that it is a part of.
bool covers(const Catalog& catalog, const config::PolicyRule& rule, const pipeline::CatalogRelation& relation) {
  std::vector<const pipeline::CatalogRelation*> waiting{&relation};
  std::unordered_set<pipeline::Oid> seen;
  while (!waiting.empty()) {
    const pipeline::CatalogRelation* next = waiting.back();
    waiting.pop_back();
    if (next == nullptr || !seen.insert(next->oid).second) continue;
    const auto is_named = [&](const std::string& table) { return table == "*" || table == next->name; };
    const bool in_schema = rule.schema == "*" || rule.schema == next->schema;
    if (in_schema && std::ranges::any_of(rule.tables, is_named)) return true;
    for (const pipeline::Oid parent : next->parents) waiting.push_back(catalog.relation(parent));
  }
  return false;
}

bool has_column(const Catalog& catalog, const config::PolicyRule& rule, const std::string& column) {
  return std::ranges::any_of(catalog.relations(), [&](const pipeline::CatalogRelation& relation) {
    return relation.column(column) != nullptr && covers(catalog, rule, relation);
  });
}

bool has_function(const Catalog& catalog, const config::PolicyRule& rule) {
  return std::ranges::any_of(catalog.functions(), [&](const pipeline::CatalogFunction& function) {
    return (rule.schema == "*" || function.schema == rule.schema) &&
           pipeline::matches_pattern(*rule.function, function.name);
  });
}

std::string in_schema(const config::PolicyRule& rule) {
  return rule.schema == "*" ? std::string() : " in schema " + in_quotes(rule.schema);
}

std::string of_tables(const config::PolicyRule& rule) {
  if (rule.tables.size() == 1 && rule.tables.front() == "*") return " of any table" + in_schema(rule);
  std::string text = rule.tables.size() == 1 ? " of the table " : " of any of the tables ";
  for (const std::string& table : rule.tables) {
    text += (&table == &rule.tables.front() ? "" : ", ") + in_quotes(table);
  }
  return text + in_schema(rule);
}

// What of the rule's names the catalog lacks, each as "the table "x""; in the order of the rule.
std::vector<std::string> missing_names(const Catalog& catalog, const config::PolicyRule& rule) {
  // Each session has its own.
  if (rule.schema == "pg_temp") return {};
  if (rule.schema != "*" && !catalog.has_schema(rule.schema)) return {"the schema " + in_quotes(rule.schema)};
  if (rule.function) {
    if (has_function(catalog, rule)) return {};
    return {"a function " + in_quotes(*rule.function) + in_schema(rule)};
  }
  std::vector<std::string> missing;
  for (const std::string& table : rule.tables) {
    if (!has_table(catalog, rule, table)) missing.push_back("the table " + in_quotes(table) + in_schema(rule));
  }
  if (missing.size() == rule.tables.size()) return missing;
  for (const std::string& column : rule.columns) {
    if (!has_column(catalog, rule, column)) missing.push_back("the column " + in_quotes(column) + of_tables(rule));
  }
  return missing;
}

// Reads each catalog once, when it is first asked for.
class Catalogs {
 public:
  Catalogs(const config::Config& config, std::vector<std::string>& unreadable)
      : config_(config), unreadable_(unreadable) {}

  // Null: it cannot be read, which has been noted.
  const Catalog* of(const std::string& client_database) {
    const auto [entry, is_new] = catalogs_.try_emplace(client_database);
    if (is_new) entry->second = read(client_database);
    return entry->second.get();
  }

 private:
  std::shared_ptr<const Catalog> read(const std::string& client_database) {
    auto catalog = read_catalog(*config_.find_database(client_database), client_database);
    if (catalog) return *std::move(catalog);
    unreadable_.push_back("the database " + in_quotes(client_database) +
                          " cannot be read: " + core::log_safe(catalog.error().message));
    return nullptr;
  }

  const config::Config& config_;
  std::vector<std::string>& unreadable_;
  std::map<std::string, std::shared_ptr<const Catalog>> catalogs_;
};

// As clients call them.
std::vector<std::string> databases_of(const config::PolicyRule& rule, const config::Config& config) {
  if (rule.database != "*") return {rule.database};
  std::vector<std::string> names;
  for (const auto& [name, database] : config.databases) {
    if (name != "*" || !database.dbname.empty()) names.push_back(name);
  }
  return names;
}

// What no database of the rule has; none when that cannot be told.
std::optional<std::vector<std::string>> missing_everywhere(const config::PolicyRule& rule,
                                                           const std::vector<std::string>& databases,
                                                           Catalogs& catalogs) {
  std::optional<std::vector<std::string>> missing;
  for (const std::string& database : databases) {
    const Catalog* catalog = catalogs.of(database);
    if (catalog == nullptr) return std::nullopt;
    std::vector<std::string> here = missing_names(*catalog, rule);
    if (!missing) {
      missing = std::move(here);
      continue;
    }
    std::erase_if(*missing, [&](const std::string& name) { return std::ranges::find(here, name) == here.end(); });
  }
  return missing;
}

}  // namespace

LiveFindings check_live(const config::Config& config, const std::string& config_path) {
  LiveFindings findings;
  Catalogs catalogs(config, findings.unreadable);
  for (const config::PolicyRule& rule : config.policies) {
    const std::vector<std::string> databases = databases_of(rule, config);
    const auto missing = missing_everywhere(rule, databases, catalogs);
    if (!missing) continue;
    const bool may_be_made = rule.statements.contains(config::StatementType::ddl);
    for (const std::string& name : *missing) {
      std::string message = "the rule " + in_quotes(rule.id) + " names " + name + ", which ";
      message += databases.size() == 1 ? "the database " + in_quotes(databases.front()) + " does not have"
                                       : std::string("no database has");
      (may_be_made ? findings.warnings : findings.faults).push_back({config_path, rule.line, rule.column, message});
    }
  }
  return findings;
}

}  // namespace sqlproxy::app
