#pragma once

#include <charconv>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "audit/sql_connection.hpp"

namespace sqlproxy::audit::testing {

// What a delivery's statements make of a database, as far as its tests look at it: rows with a unique event_id, the
// positions of trails, and failures on demand. Shared between the test and the connections.
class FakeDatabase {
 public:
  struct Row {
    std::string event_id;
    std::string event;
  };

  // The server cannot be reached.
  void set_down(bool down) {
    const std::lock_guard lock(mutex_);
    down_ = down;
  }
  // The next transaction is committed, but its answer does not arrive.
  void lose_next_answer() {
    const std::lock_guard lock(mutex_);
    lose_answer_ = true;
  }
  // Rows with this text are refused with an error of class 22.
  void refuse(std::string text) {
    const std::lock_guard lock(mutex_);
    refused_ = std::move(text);
  }
  void forget_positions() {
    const std::lock_guard lock(mutex_);
    positions_.clear();
    connected_ = false;
  }

  [[nodiscard]] std::vector<Row> rows() {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  [[nodiscard]] std::map<std::string, std::vector<std::string>> positions() {
    const std::lock_guard lock(mutex_);
    return positions_;
  }

 private:
  friend class FakeConnection;

  core::Status open() {
    const std::lock_guard lock(mutex_);
    connected_ = !down_;
    return reachable();
  }

  core::Status reachable() {
    if (down_ || !connected_) {
      connected_ = false;
      return core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure, "not there");
    }
    return {};
  }

  core::Result<std::vector<SqlConnection::Row>> query(const std::string& sql, std::span<const std::string> values) {
    const std::lock_guard lock(mutex_);
    if (core::Status there = reachable(); !there) return std::move(there).error();
    std::vector<SqlConnection::Row> found;
    if (sql.starts_with("SELECT c.oid")) {
      found.push_back({"1", "public", "audit_events", "t"});
    } else if (sql.starts_with("SELECT 1")) {
      found.push_back({"1"});
    } else if (sql.starts_with("SELECT sequence_num")) {
      if (const auto at = positions_.find(values[0]); at != positions_.end()) found.push_back(at->second);
    } else if (sql.starts_with("SELECT event_id")) {
      for (const Row& row : rows_) {
        if (values[0].find(row.event_id) != std::string::npos) found.push_back({row.event_id});
      }
    }
    return found;
  }

  core::Status run(const std::string& script, std::string_view copied) {
    const std::lock_guard lock(mutex_);
    if (core::Status there = reachable(); !there) return there;
    std::vector<Row> added;
    while (!copied.empty()) {
      const std::string_view line = copied.substr(0, copied.find('\n'));
      copied.remove_prefix(line.size() + 1);
      const std::size_t first = line.find('\t');
      added.push_back({std::string(line.substr(first + 1, 36)), std::string(line.substr(line.rfind('\t') + 1))});
    }
    for (const Row& row : added) {
      if (!refused_.empty() && row.event.find(refused_) != std::string::npos) return failure("22P05");
      for (const Row& old : rows_) {
        if (old.event_id == row.event_id) return failure("23505");
      }
    }
    rows_.insert(rows_.end(), added.begin(), added.end());
    // ... VALUES (E'trail', E'node', 42, E'event') ON CONFLICT ...
    const std::string values = script.substr(script.find("VALUES (") + 8);
    const std::size_t number = values.find("', ", 45) + 3;
    const std::size_t comma = values.find(',', number);
    positions_[values.substr(2, 36)] = {values.substr(number, comma - number), values.substr(comma + 4, 36)};
    if (std::exchange(lose_answer_, false)) {
      connected_ = false;
      return core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure, "lost");
    }
    return {};
  }

  static core::Error failure(std::string_view state) {
    return core::make_error(core::ErrorCode::unavailable, core::SqlState(state), "refused");
  }

  std::mutex mutex_;
  bool down_ = false;
  bool connected_ = false;
  bool lose_answer_ = false;
  std::string refused_;
  std::vector<Row> rows_;
  std::map<std::string, std::vector<std::string>> positions_;
};

class FakeConnection final : public SqlConnection {
 public:
  explicit FakeConnection(FakeDatabase& database) : database_(database) {}

  [[nodiscard]] core::Status open() override { return database_.open(); }
  [[nodiscard]] core::Result<std::vector<Row>> query(const std::string& sql,
                                                     std::span<const std::string> values) override {
    return database_.query(sql, values);
  }
  [[nodiscard]] core::Status run(const std::string& script, std::string_view rows) override {
    return database_.run(script, rows);
  }

 private:
  FakeDatabase& database_;
};

}  // namespace sqlproxy::audit::testing
