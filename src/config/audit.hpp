#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace sqlproxy::config {

enum class AuditDurability {
  batch,  // written within 100 ms
  write,  // with the operating system before the client gets ReadyForQuery
  fsync,  // on disk before that
};

enum class AuditOnFailure {
  continue_,  // go on, and count what is lost
  block,      // refuse statements while no sink takes events
};

enum class AuditSql { normalized, raw, none };

enum class AuditFormat { native, ocsf, ecs };

// [audit.file]
struct AuditFile {
  std::filesystem::path path = "audit.jsonl";
  // Bytes; 0: not by size.
  std::size_t rotate_size = std::size_t{256} << 20;
  bool rotate_daily = true;
  // Rotated files that are kept; 0: all.
  std::size_t keep = 30;
  bool compress = true;
  // The hash chain over the lines.
  bool chain = true;
  AuditFormat format = AuditFormat::native;

  friend bool operator==(const AuditFile&, const AuditFile&) = default;
};

// [audit.database]
struct AuditDatabase {
  bool enabled = false;
  // Names a [databases.*] entry.
  std::string database;
  std::string table = "audit_events";

  friend bool operator==(const AuditDatabase&, const AuditDatabase&) = default;
};

// [audit]
struct Audit {
  AuditDurability durability = AuditDurability::batch;
  AuditOnFailure on_failure = AuditOnFailure::continue_;
  // Events.
  std::size_t queue_capacity = 65536;
  AuditSql log_sql = AuditSql::normalized;
  AuditFile file;
  AuditDatabase database;

  friend bool operator==(const Audit&, const Audit&) = default;
};

}  // namespace sqlproxy::config
