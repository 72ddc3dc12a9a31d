#include "audit/delivery.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "audit/background_thread.hpp"
#include "audit/redacted_text.hpp"
#include "core/log.hpp"

namespace sqlproxy::audit {
namespace {

// Partitions are made so many days ahead.
constexpr int kDaysAhead = 3;
constexpr std::chrono::seconds kStateInterval{30};
// Bytes of what a server or libpq says.
constexpr std::size_t kMaxReason = 500;

std::string day_of(core::WallTime time) {
  return core::to_rfc3339(time).substr(0, 10);
}

// For the log and the trail. What the server says of a row's values is reduced to what holds no data.
std::string describe(const core::Error& error) {
  const std::string_view error_class = error.sqlstate.error_class();
  const bool quotes_data = error_class == "22" || error_class == "23" || error_class == "P0";
  const std::string message =
      quotes_data ? redact_error(error.sqlstate, error.message).text() : core::log_safe(error.message, kMaxReason);
  return std::string(error.sqlstate.text()) + ": " + message;
}

}  // namespace

Delivery::Delivery(DeliveryOptions options, DeliveryContext context, std::shared_ptr<DeliveryProgress> progress)
    : options_(std::move(options)),
      context_(std::move(context)),
      progress_(std::move(progress)),
      file_(options_.file),
      reader_({file_}),
      pause_(options_.retry_first) {
  const core::Result<DeliveryState> state = load_delivery_state(file_);
  // Before anybody deletes files.
  progress_->begin(state ? state->sequence : 0);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

Delivery::~Delivery() {
  thread_.request_stop();
  thread_.join();
}

void Delivery::follow(std::filesystem::path file) {
  const std::scoped_lock lock(mutex_);
  new_file_ = std::move(file);
}

void Delivery::finish(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  finishing_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, patience, [this] { return finished_; });
}

void Delivery::run(const std::stop_token& stop) {
  block_signals_on_this_thread();
  connection_ = context_.connect(stop);
  table_.emplace(*connection_, options_.table, options_.node_id);
  bool last_round = false;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      if (last_round) {
        finished_ = true;
        changed_.notify_all();
      }
      changed_.wait_for(lock, stop, failing_ ? pause_ : options_.interval, [this] { return finishing_ && !finished_; });
      if (finished_) continue;
      last_round = finishing_;
    }
    if (stop.stop_requested()) break;
    apply_new_file();
    const bool was_ready = ready_;
    core::Status done = work();
    // A connection that the server has closed meanwhile is no failure yet.
    if (!done && was_ready && !stop.stop_requested()) {
      ready_ = false;
      done = work();
    }
    if (stop.stop_requested()) break;
    if (done) {
      if (failing_) recovered();
    } else {
      ready_ = false;
      failed(done.error());
    }
  }
  if (state_ && positioned_) save_state();
}

void Delivery::apply_new_file() {
  std::optional<std::filesystem::path> file;
  {
    const std::scoped_lock lock(mutex_);
    file.swap(new_file_);
  }
  if (!file || *file == file_) return;
  file_ = std::move(*file);
  reader_.follow(file_);
  if (state_ && positioned_) save_state();
}

core::Status Delivery::work() {
  if (!ready_) {
    if (core::Status connected = connect(); !connected) return connected;
  }
  if (core::Status prepared = prepare_days_ahead(); !prepared) return prepared;
  for (;;) {
    if (core::Status filled = fill(); !filled) return filled;
    // Nothing new; or nothing but damaged lines, and no event before them whose place the position could name.
    if (pending_.empty() && (read_ == state_->sequence || last_id_.empty())) return {};
    if (core::Status delivered = deliver(); !delivered) return delivered;
  }
}

core::Status Delivery::connect() {
  if (!state_) {
    core::Result<DeliveryState> state = load_delivery_state(file_);
    if (!state) return std::move(state).error();
    state_ = *std::move(state);
  }
  if (core::Status opened = table_->open(); !opened) return opened;
  prepared_day_.clear();
  if (core::Status found = find_position(); !found) return found;
  ready_ = true;
  return {};
}

// The database knows best: what it has is delivered, and nothing else.
core::Status Delivery::find_position() {
  core::Result<std::optional<EventTable::Position>> found = table_->position(state_->trail_id);
  if (!found) return std::move(found).error();
  if (!found->has_value()) {
    if (!positioned_ || state_->sequence != 0) go_on_from(0);
    last_id_.clear();
    return {};
  }
  const EventTable::Position& position = **found;
  if (positioned_ && position.sequence == state_->sequence && position.event_id == last_id_) return {};
  const core::Result<bool> ours = is_ours(position);
  if (!ours) return ours.error();
  if (*ours) {
    last_id_ = position.event_id;
    go_on_from(position.sequence);
    return {};
  }
  core::log().warn("the audit file does not go on where database \"{}\" stands: its events are delivered anew",
                   options_.database);
  const DeliveryState fresh = new_delivery_state();
  if (core::Status saved = save_delivery_state(file_, fresh); !saved) return saved;
  state_ = fresh;
  last_id_.clear();
  go_on_from(0);
  return {};
}

// Whether the files are those that the position speaks of. They are not when the trail was begun anew, or has lost its
// last lines in a crash of the machine and has given their numbers to others.
core::Result<bool> Delivery::is_ours(const EventTable::Position& position) {
  if (position.sequence > context_.stored()) return false;
  reader_.seek(position.sequence - 1);
  auto line = reader_.next(position.sequence);
  if (!line) {
    positioned_ = false;
    return std::move(line).error();
  }
  // The line itself may be in none of the files any more.
  if (!line->has_value()) return true;
  const auto row = make_event_row((*line)->sequence, (*line)->native);
  return row && row->event_id == position.event_id;
}

void Delivery::go_on_from(std::uint64_t sequence) {
  reader_.seek(sequence);
  read_ = sequence;
  pending_.clear();
  pending_bytes_ = 0;
  state_->sequence = sequence;
  positioned_ = true;
  progress_->set_sequence(sequence);
}

core::Status Delivery::prepare_days_ahead() {
  const core::WallTime now = options_.now();
  std::string today = day_of(now);
  if (today == prepared_day_) return {};
  for (int ahead = 0; ahead <= kDaysAhead; ++ahead) {
    if (core::Status ready = table_->prepare_day(day_of(now + std::chrono::days(ahead))); !ready) return ready;
  }
  prepared_day_ = std::move(today);
  return {};
}

core::Status Delivery::fill() {
  const std::uint64_t through = context_.stored();
  while (pending_.size() < options_.batch_events && pending_bytes_ < options_.batch_bytes) {
    const core::Result<std::optional<TrailReader::Line>> line = reader_.next(through);
    if (!line) return line.error();
    if (!line->has_value()) break;
    add_line(**line);
  }
  if (const std::uint64_t damaged = reader_.damaged() - std::exchange(damaged_, reader_.damaged()); damaged != 0) {
    progress_->add_refused(damaged);
    core::log().warn("{} lines of the audit file are no events and are not delivered", damaged);
  }
  return {};
}

void Delivery::add_line(const TrailReader::Line& line) {
  const std::uint64_t skipped = line.sequence - read_ - 1;
  if (skipped != line.dropped) note_missing(skipped);
  read_ = line.sequence;
  if (auto row = make_event_row(line.sequence, line.native)) {
    pending_bytes_ += row->event.size();
    pending_.push_back(*std::move(row));
  } else {
    progress_->add_refused(1);
    core::log().warn("line {} of the audit file is no event and is not delivered", line.sequence);
  }
}

// Files that were deleted or moved away by others; or, at the beginning of a delivery, what was deleted before.
void Delivery::note_missing(std::uint64_t events) {
  if (read_ == 0) return;
  progress_->add_missing(events);
  if (std::exchange(said_missing_, true)) return;
  core::log().error("{} audit events behind number {} are in no file any more and cannot be delivered", events, read_);
}

core::Status Delivery::deliver() {
  EventTable::Position position{read_, pending_.empty() ? last_id_ : pending_.back().event_id};
  for (const EventRow& row : pending_) {
    if (core::Status ready = table_->prepare_day(row.day()); !ready) return ready;
  }
  const std::size_t events = pending_.size();
  if (core::Status stored = store(pending_, position); !stored) return stored;
  last_id_ = std::move(position.event_id);
  state_->sequence = position.sequence;
  pending_.clear();
  pending_bytes_ = 0;
  progress_->add_delivered(events);
  progress_->set_sequence(position.sequence);
  if (failing_) recovered();
  if (core::SteadyClock::now() - state_saved_ > kStateInterval) save_state();
  return {};
}

core::Status Delivery::store(Rows rows, const EventTable::Position& position) {
  core::Status stored = table_->store(state_->trail_id, rows, position);
  if (stored || rows.empty()) return stored;
  if (EventTable::is_duplicate(stored.error())) return store_without_known(rows, position);
  if (!EventTable::is_bad_data(stored.error())) return stored;
  if (rows.size() == 1) return store_one(rows.front(), position, stored.error());
  // Halves, until the row is found that is at fault.
  const Rows first = rows.first(rows.size() / 2);
  core::Status stored_first = store(first, {first.back().sequence, first.back().event_id});
  return stored_first ? store(rows.subspan(first.size()), position) : stored_first;
}

// The table has some of the events: a commit whose answer was lost, or a position that somebody has removed.
core::Status Delivery::store_without_known(Rows rows, const EventTable::Position& position) {
  core::Result<std::set<std::string>> known = table_->known(rows);
  if (!known) return std::move(known).error();
  if (known->empty()) {
    return core::make_error(core::ErrorCode::unavailable, core::SqlState("23505"),
                            "a unique constraint of the table refuses events that the table does not have");
  }
  std::vector<EventRow> others;
  std::ranges::copy_if(rows, std::back_inserter(others),
                       [&](const EventRow& row) { return !known->contains(row.event_id); });
  return store(others, position);
}

core::Status Delivery::store_one(EventRow row, const EventTable::Position& position, const core::Error& refusal) {
  row.event = ascii_json(row.event);
  core::Status stored = table_->store(state_->trail_id, Rows(&row, 1), position);
  if (stored || !EventTable::is_bad_data(stored.error())) return stored;
  progress_->add_refused(1);
  if (!std::exchange(said_refused_, true)) {
    core::log().error("database \"{}\" refuses audit event {}, which stays in the file only: {}", options_.database,
                      row.event_id, describe(refusal));
  }
  return table_->store(state_->trail_id, {}, position);
}

// What goes wrong here is no loss: the state is only ever behind.
void Delivery::save_state() {
  static_cast<void>(save_delivery_state(file_, *state_));
  state_saved_ = core::SteadyClock::now();
}

void Delivery::failed(const core::Error& error) {
  if (failing_) {
    pause_ = std::min(2 * pause_, options_.retry_longest);
    return;
  }
  failing_ = true;
  failing_since_ = core::SteadyClock::now();
  pause_ = options_.retry_first;
  progress_->set_failing(true);
  const std::string reason = describe(error);
  core::log().error("audit events cannot be delivered to database \"{}\", trying again until they can: {}",
                    options_.database, reason);
  context_.report(true, "events cannot be delivered to database \"" + options_.database + "\": " + reason);
}

void Delivery::recovered() {
  failing_ = false;
  progress_->set_failing(false);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(core::SteadyClock::now() - failing_since_).count();
  const std::string text = "events are being delivered to database \"" + options_.database + "\" again, after " +
                           std::to_string(seconds) + " s";
  core::log().warn("audit {}", text);
  context_.report(false, text);
}

}  // namespace sqlproxy::audit
