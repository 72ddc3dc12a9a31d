#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event_row.hpp"
#include "audit/sql_connection.hpp"
#include "core/result.hpp"

namespace sqlproxy::audit {

// The table that [audit.database] names, and the one beside it, "<table>_position", which says for each trail how far
// it has been delivered (docs/audit.md, "In a database"). Makes both, and the partitions by day, where they are
// missing. Belongs to the thread of its connection. After an error the connection has to be opened anew, but for the
// errors of store() that is_duplicate() or is_bad_data() is true for.
class EventTable {
 public:
  // How far a trail has been delivered.
  struct Position {
    std::uint64_t sequence = 0;
    std::string event_id;
  };

  // `name`: as in the configuration, "table" or "schema.table". `node_id`: who delivers, for whoever reads the table.
  EventTable(SqlConnection& connection, std::string_view name, std::string node_id);

  // Connects, and makes what is missing.
  [[nodiscard]] core::Status open();
  // Where a trail stands; nothing: the database knows nothing of it.
  [[nodiscard]] core::Result<std::optional<Position>> position(const std::string& trail_id);
  // Sees to it that events of that day find a partition. Where this is not for the proxy to do (the table is not
  // partitioned, or another role's) it does nothing, and store() says if that was wrong.
  [[nodiscard]] core::Status prepare_day(std::string_view day);
  // Stores the rows and, in the same transaction, the new position. `rows` may be empty.
  [[nodiscard]] core::Status store(const std::string& trail_id, std::span<const EventRow> rows,
                                   const Position& position);
  // The ids, among those of `rows`, of events that the table has.
  [[nodiscard]] core::Result<std::set<std::string>> known(std::span<const EventRow> rows);

  // The table has one of the rows.
  [[nodiscard]] static bool is_duplicate(const core::Error& error);
  // It is a row that is at fault, not the table or the server.
  [[nodiscard]] static bool is_bad_data(const core::Error& error);

 private:
  using Values = std::vector<std::string>;
  [[nodiscard]] core::Result<bool> find();
  [[nodiscard]] core::Status create();
  [[nodiscard]] core::Status create_position_table();
  [[nodiscard]] core::Status create_partition(std::string_view day, const std::string& partition);
  // Runs `work` in a transaction that no other proxy's preparations get between.
  template <class Work>
  [[nodiscard]] core::Status alone(Work work);
  [[nodiscard]] core::Status execute(const std::string& sql, const Values& values = {});
  [[nodiscard]] core::Result<bool> exists(const std::string& quoted_name);

  SqlConnection& connection_;
  const std::string node_id_;
  const std::string wanted_;  // the configured name, quoted
  const std::string wanted_position_;
  std::string oid_;
  std::string schema_;
  std::string table_;
  bool partitioned_ = false;
  std::set<std::string, std::less<>> days_;     // that have their partition
  std::optional<core::Error> partition_error_;  // why a day has none
};

}  // namespace sqlproxy::audit
