#include <string>
#include <string_view>

#include "config/loading/sections.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr Choice<AuditDurability> kDurabilities[] = {
    {"batch", AuditDurability::batch}, {"write", AuditDurability::write}, {"fsync", AuditDurability::fsync}};
constexpr Choice<AuditOnFailure> kOnFailures[] = {{"continue", AuditOnFailure::continue_},
                                                  {"block", AuditOnFailure::block}};
constexpr Choice<AuditSql> kAuditSqls[] = {
    {"normalized", AuditSql::normalized}, {"raw", AuditSql::raw}, {"none", AuditSql::none}};
constexpr Choice<AuditFormat> kFormats[] = {
    {"native", AuditFormat::native}, {"ocsf", AuditFormat::ocsf}, {"ecs", AuditFormat::ecs}};

constexpr std::size_t kMaxQueueCapacity = std::size_t{1} << 24;
constexpr std::size_t kMaxKeep = 1'000'000;
constexpr std::size_t kMaxIdentifierBytes = 63;
// The names of partitions and of the table beside it are longer by nine: "_20261120".
constexpr std::size_t kMaxTableBytes = kMaxIdentifierBytes - 9;
constexpr std::size_t kMaxRotateBytes = std::size_t{1} << 50;

void load_file(TableReader& table, AuditFile& file) {
  table.path("path", file.path);
  table.size("rotate_size", file.rotate_size, 0, kMaxRotateBytes);
  table.boolean("rotate_daily", file.rotate_daily);
  table.count("keep", file.keep, 0, kMaxKeep);
  table.boolean("compress", file.compress);
  table.boolean("chain", file.chain);
  table.choice<AuditFormat>("format", file.format, kFormats);
  table.finish();
}

// "table" or "schema.table": each part as PostgreSQL has it in its catalog.
bool is_table_name(std::string_view name) {
  const std::size_t dot = name.find('.');
  const std::string_view schema = dot == std::string_view::npos ? "public" : name.substr(0, dot);
  const std::string_view table = dot == std::string_view::npos ? name : name.substr(dot + 1);
  return !schema.empty() && schema.size() <= kMaxIdentifierBytes && !table.empty() && table.size() <= kMaxTableBytes &&
         table.find('.') == std::string_view::npos;
}

void load_database(TableReader& table, AuditDatabase& database, LoadContext& context) {
  table.boolean("enabled", database.enabled);
  const bool named = table.text("database", database.database);
  table.text("table", database.table);
  if (!is_table_name(database.table)) {
    table.fault(table.place("table"), R"("table" is no table's name: "table" or "schema.table" is, with at most )" +
                                          std::to_string(kMaxTableBytes) + " bytes for the table");
  }
  if (named && database.database == "*") {
    table.fault(table.place("database"),
                table.name() + R"( needs a database of a name of its own, not the fallback "*")");
  }
  table.finish();
  if (named && database.enabled) {
    context.references.push_back({Reference::Target::database_itself, database.database, table.place("database"),
                                  Severity::fault, table.name()});
  } else if (database.enabled && !table.has("database")) {
    table.fault(table.place(), table.name() + " lacks \"database\"");
  }
}

}  // namespace

void load_audit(TableReader& root, LoadContext& context) {
  Audit& audit = context.config.audit;
  audit.file.path = context.directory / audit.file.path;
  auto table = root.table("audit");
  if (!table) return;
  table->choice<AuditDurability>("durability", audit.durability, kDurabilities);
  table->choice<AuditOnFailure>("on_failure", audit.on_failure, kOnFailures);
  table->count("queue_capacity", audit.queue_capacity, 1, kMaxQueueCapacity);
  table->choice<AuditSql>("log_sql", audit.log_sql, kAuditSqls);
  if (auto file = table->table("file")) load_file(*file, audit.file);
  if (auto database = table->table("database")) load_database(*database, audit.database, context);
  table->finish();
}

}  // namespace sqlproxy::config::loading
