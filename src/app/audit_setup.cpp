#include "app/audit_setup.hpp"

#include <unistd.h>

#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "app/audit_connection.hpp"
#include "app/snapshot_builder.hpp"
#include "audit/file_sink.hpp"

namespace sqlproxy::app {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

audit::Durability durability_of(config::AuditDurability durability) {
  switch (durability) {
    case config::AuditDurability::batch: return audit::Durability::batch;
    case config::AuditDurability::write: return audit::Durability::write;
    case config::AuditDurability::fsync: return audit::Durability::fsync;
  }
  return audit::Durability::fsync;
}

audit::OnFailure on_failure_of(config::AuditOnFailure on_failure) {
  return on_failure == config::AuditOnFailure::block ? audit::OnFailure::block : audit::OnFailure::carry_on;
}

audit::LineFormat format_of(config::AuditFormat format) {
  switch (format) {
    case config::AuditFormat::native: return audit::LineFormat::native;
    case config::AuditFormat::ocsf: return audit::LineFormat::ocsf;
    case config::AuditFormat::ecs: return audit::LineFormat::ecs;
  }
  return audit::LineFormat::native;
}

audit::TrailOptions trail_options(const config::Config& config) {
  audit::TrailOptions options;
  options.node_id = host_name();
  options.chain = config.audit.file.chain;
  options.format = format_of(config.audit.file.format);
  options.durability = durability_of(config.audit.durability);
  options.on_failure = on_failure_of(config.audit.on_failure);
  options.queue_capacity = config.audit.queue_capacity;
  return options;
}

std::unique_ptr<audit::Sink> file_sink(const config::AuditFile& file,
                                       std::shared_ptr<const audit::DeliveryProgress> progress) {
  audit::FileSinkOptions options;
  options.path = file.path;
  options.rotate_size = file.rotate_size;
  options.rotate_daily = file.rotate_daily;
  options.keep = static_cast<std::uint32_t>(file.keep);
  options.compress = file.compress;
  options.delivery = std::move(progress);
  return audit::make_file_sink(std::move(options));
}

// The server that [audit.database] names. Requires: it is enabled.
const config::Database& delivery_database(const config::Config& config) {
  return config.databases.at(config.audit.database.database);
}

void report_delivery(audit::Trail& trail, bool failing, std::string reason) {
  audit::Event event;
  event.kind = audit::EventKind::admin;
  event.action = "audit_database";
  event.status = failing ? audit::EventStatus::error : audit::EventStatus::ok;
  event.reason = std::move(reason);
  trail.submit(std::move(event));
}

}  // namespace

core::Result<std::unique_ptr<audit::Trail>> open_trail(const config::Config& config,
                                                       const std::shared_ptr<audit::DeliveryProgress>& progress) {
  // Before the file's archive looks at what it may delete.
  if (config.audit.database.enabled) progress->begin(0);
  return audit::Trail::open(trail_options(config), file_sink(config.audit.file, progress));
}

audit::TrailChange trail_change(const config::Config& config, const config::AuditFile& old_file,
                                const std::shared_ptr<audit::DeliveryProgress>& progress) {
  const audit::TrailOptions options = trail_options(config);
  audit::TrailChange change;
  change.chain = options.chain;
  change.format = options.format;
  change.durability = options.durability;
  change.on_failure = options.on_failure;
  change.queue_capacity = options.queue_capacity;
  if (config.audit.file != old_file) change.sink = file_sink(config.audit.file, progress);
  return change;
}

core::Result<std::unique_ptr<audit::Delivery>> start_delivery(const config::Config& config, audit::Trail& trail,
                                                              std::shared_ptr<audit::DeliveryProgress> progress) {
  const config::AuditDatabase& database = config.audit.database;
  if (!database.enabled) {
    progress->end();
    return std::unique_ptr<audit::Delivery>();
  }
  auto parameters = own_connection(delivery_database(config), database.database, "sql-proxy audit");
  if (!parameters) return std::move(parameters).error();
  audit::DeliveryOptions options;
  options.file = config.audit.file.path;
  options.table = database.table;
  options.node_id = host_name();
  options.database = database.database;
  audit::DeliveryContext context;
  context.connect = [parameters = *std::move(parameters)](std::stop_token stop) {
    return std::make_unique<AuditConnection>(parameters, std::move(stop));
  };
  context.stored = [&trail] { return trail.stored_sequence(); };
  context.report = [&trail](bool failing, std::string reason) { report_delivery(trail, failing, std::move(reason)); };
  return std::make_unique<audit::Delivery>(std::move(options), std::move(context), std::move(progress));
}

bool same_delivery(const config::Config& a, const config::Config& b) {
  if (a.audit.database != b.audit.database) return false;
  if (!a.audit.database.enabled) return true;
  const auto server = [](const config::Config& config) {
    const config::Database& database = delivery_database(config);
    return std::tuple(database.host, database.port, database.dbname, database.user, database.tls, database.tls_ca,
                      std::string(database.password ? database.password->reveal() : std::string_view()));
  };
  return server(a) == server(b);
}

}  // namespace sqlproxy::app
