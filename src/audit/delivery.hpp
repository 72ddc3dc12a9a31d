#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "audit/delivery_progress.hpp"
#include "audit/delivery_state.hpp"
#include "audit/event_table.hpp"
#include "audit/sql_connection.hpp"
#include "audit/trail_reader.hpp"
#include "core/clock.hpp"

namespace sqlproxy::audit {

// [audit.database]
struct DeliveryOptions {
  std::filesystem::path file;  // [audit.file] path
  std::string table;           // "table" or "schema.table"
  std::string node_id;
  std::string database;                        // its name in the configuration, for messages
  std::size_t batch_events = 2000;             // in one transaction
  std::size_t batch_bytes = 4 * 1024 * 1024;   // of events; one more than these may be in a batch
  std::chrono::milliseconds interval{200};     // how often it looks for new events
  std::chrono::milliseconds retry_first{200};  // pause after a failure, doubled up to retry_longest
  std::chrono::milliseconds retry_longest{5000};
  std::function<core::WallTime()> now = core::wall_now;
};

// What a delivery needs of the rest of the process; thread-safe, and there for as long as it.
struct DeliveryContext {
  // The connection, on the delivery's thread; a stop request makes its calls return soon.
  std::function<std::unique_ptr<SqlConnection>(std::stop_token)> connect;
  // The number of the last line that the file has for good.
  std::function<std::uint64_t()> stored;
  // The delivery began to fail, or works again; why and since when, as a sentence.
  std::function<void(bool failing, std::string reason)> report;
};

// Brings the events of the file into a table, each exactly once, on a thread of its own. The file is the spool: what
// the database has not taken yet is read from there again, after an outage as after a crash. How far it has come stands
// in the database, in the transaction of the events themselves.
//
// Owned by the composition root. A failure never ends it; nobody ever waits for it but finish() and the destructor.
class Delivery {
 public:
  Delivery(DeliveryOptions options, DeliveryContext context, std::shared_ptr<DeliveryProgress> progress);
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  // At once; what is not delivered stays in the file, which `progress` goes on to protect until its end() is called.
  ~Delivery();

  // Any thread: the trail goes on in another file.
  void follow(std::filesystem::path file);
  // Blocks until all that is stored is delivered, or a delivery fails, or `patience` is over.
  void finish(std::chrono::milliseconds patience);

 private:
  void run(const std::stop_token& stop);
  // Delivers what there is.
  [[nodiscard]] core::Status work();
  [[nodiscard]] core::Status connect();
  [[nodiscard]] core::Status find_position();
  [[nodiscard]] core::Result<bool> is_ours(const EventTable::Position& position);
  void go_on_from(std::uint64_t sequence);
  [[nodiscard]] core::Status prepare_days_ahead();
  [[nodiscard]] core::Status fill();
  void add_line(const TrailReader::Line& line);
  void note_missing(std::uint64_t events);
  [[nodiscard]] core::Status deliver();
  using Rows = std::span<const EventRow>;
  [[nodiscard]] core::Status store(Rows rows, const EventTable::Position& position);
  [[nodiscard]] core::Status store_without_known(Rows rows, const EventTable::Position& position);
  [[nodiscard]] core::Status store_one(EventRow row, const EventTable::Position& position, const core::Error& refusal);
  void apply_new_file();
  void save_state();
  void failed(const core::Error& error);
  void recovered();

  const DeliveryOptions options_;
  const DeliveryContext context_;
  const std::shared_ptr<DeliveryProgress> progress_;

  // The thread's.
  std::filesystem::path file_;
  std::unique_ptr<SqlConnection> connection_;
  std::optional<EventTable> table_;
  TrailReader reader_;
  std::optional<DeliveryState> state_;
  std::vector<EventRow> pending_;  // read, not delivered
  std::size_t pending_bytes_ = 0;
  std::uint64_t read_ = 0;  // the last line that was read
  std::string last_id_;     // the event_id of the last one that is delivered
  std::uint64_t damaged_ = 0;
  bool ready_ = false;       // connected, and the position is known
  bool positioned_ = false;  // reader and state stand behind what the database has
  std::string prepared_day_;
  bool failing_ = false;
  bool said_missing_ = false;
  bool said_refused_ = false;
  core::TimePoint failing_since_;
  core::TimePoint state_saved_;
  std::chrono::milliseconds pause_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<std::filesystem::path> new_file_;
  bool finishing_ = false;
  bool finished_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sqlproxy::audit
