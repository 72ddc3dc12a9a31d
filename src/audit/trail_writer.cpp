#include "audit/trail_writer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "audit/background_thread.hpp"
#include "core/log.hpp"

namespace sqlproxy::audit {
namespace {

std::string describe_start(const TrailPosition& position) {
  if (position.sequence == 0) return "the trail begins";
  if (position.clean_stop) return "the trail goes on after a clean stop";
  return "the last run did not stop cleanly: events of its last moments may be missing";
}

}  // namespace

TrailWriter::TrailWriter(const TrailOptions& options, const TrailMode& mode, std::unique_ptr<Sink> sink,
                         const TrailPosition& position, Intake& intake, Settlements& settlements, WriterSignal& signal)
    : options_(options),
      mode_(mode),
      sink_(std::move(sink)),
      intake_(intake),
      settlements_(settlements),
      signal_(signal),
      batch_(options.node_id, options.chain, options.format, position),
      format_(options.format),
      chain_(options.chain),
      stored_sequence_(position.sequence),
      pause_(options.retry_first) {
  add_own_event("audit_start", describe_start(position));
}

void TrailWriter::run() {
  block_signals_on_this_thread();
  for (;;) {
    const WriterSignal::Request request =
        failing() ? signal_.wait(pause_, WriterSignal::Listen::commands)
                  : signal_.wait(options_.batch_interval, WriterSignal::Listen::work_and_commands);
    if (request.stop) break;
    apply_change();
    if (reopen_requested_.exchange(false, std::memory_order_relaxed)) sink_->request_reopen();
    // What fails there would fail again in store(); without events to store this is how it is noticed.
    if (const core::Status maintained = sink_->maintain(); !maintained) {
      failed(maintained.error());
    } else if (drain(intake_.pushed())) {
      if (failing()) recovered();
      signal_.flushed(request.flush);
    }
  }
  {
    const std::lock_guard lock(request_mutex_);
    ended_ = true;
  }
  apply_change();
  finish();
  settlements_.close();
  signal_.ended();
}

std::future<core::Status> TrailWriter::request_change(TrailChange change) {
  std::promise<core::Status> done;
  std::future<core::Status> result = done.get_future();
  const std::lock_guard lock(request_mutex_);
  if (ended_) {
    done.set_value(core::make_error(core::ErrorCode::closed, core::sqlstate::kInternalError, "the audit trail ends"));
  } else {
    request_.emplace(Request{std::move(change), std::move(done)});
  }
  return result;
}

void TrailWriter::apply_change() {
  std::optional<Request> request;
  {
    const std::lock_guard lock(request_mutex_);
    request.swap(request_);
  }
  if (request) request->done.set_value(change_to(std::move(request->change)));
}

// What is in the batch stays as it is and goes to the new place: it has its numbers and hashes already.
core::Status TrailWriter::change_to(TrailChange change) {
  const bool other_lines = change.format != format_ || change.chain != chain_;
  if (change.sink) {
    // Both may mean the same file, which is locked by who has it.
    sink_->release();
    const core::Result<TrailPosition> position = change.sink->open();
    if (!position) return position.error();
    const bool goes_on = !other_lines && (position->sequence == 0 || position->sequence == stored_sequence());
    if (core::Status ready = goes_on ? core::Status{} : change.sink->begin_anew(); !ready) return ready;
    for (std::string& notice : sink_->take_notices()) add_own_event("audit_file", std::move(notice));
    sink_ = std::move(change.sink);
  } else if (other_lines) {
    if (core::Status ready = sink_->begin_anew(); !ready) return ready;
  }
  format_ = change.format;
  chain_ = change.chain;
  batch_.use(format_, chain_);
  return {};
}

bool TrailWriter::drain(std::uint64_t until) {
  if (!batch_.empty() && !store()) return false;
  for (;;) {
    fill();
    const bool full = batch_.full();
    if (!batch_.empty() && !store()) return false;
    if (intake_.taken() >= until && !full) return true;
    // A producer may have claimed its place and not have filled it yet; it will in a moment.
    if (!full) std::this_thread::yield();
  }
}

void TrailWriter::fill() {
  for (std::string& notice : sink_->take_notices()) add_own_event("audit_file", std::move(notice));
  while (!batch_.full() && intake_.consume([this](const Event& event) { batch_.add(event); })) {
  }
  if (const std::uint64_t dropped = intake_.take_dropped(); dropped != 0) {
    batch_.add_overflow(dropped, core::wall_now());
    ++own_events_;
  }
}

bool TrailWriter::store() {
  const core::Status stored = sink_->store(batch_.lines(), batch_.first_sequence(), mode_.durability());
  if (!stored) {
    failed(stored.error());
    return false;
  }
  if (failing()) recovered();
  stored_sequence_.store(batch_.last_sequence(), std::memory_order_release);
  events_.fetch_add(batch_.events(), std::memory_order_relaxed);
  bytes_.fetch_add(batch_.lines().size(), std::memory_order_relaxed);
  batch_.clear();
  own_events_ = 0;
  // Everything that was taken out of the intake had been in this batch or an earlier one.
  settlements_.settle(intake_.taken());
  return true;
}

void TrailWriter::add_own_event(std::string action, std::string reason) {
  Event event;
  event.kind = EventKind::admin;
  event.timestamp = core::wall_now();
  event.event_id = core::Uuid::v7(event.timestamp);
  event.action = std::move(action);
  event.reason = std::move(reason);
  event.status = EventStatus::ok;
  batch_.add(event);
  ++own_events_;
}

void TrailWriter::failed(const core::Error& error) {
  if (failing()) {
    const auto longest = std::max(options_.retry_first, options_.retry_longest / 5);
    // With OnFailure::block clients are waiting.
    pause_ = std::min(2 * pause_, mode_.blocks() ? longest : options_.retry_longest);
  } else {
    pause_ = options_.retry_first;
    failing_.store(true, std::memory_order_seq_cst);
    core::log().error("audit events cannot be stored, trying again until they can: {}", error.message);
  }
  if (!mode_.blocks()) settlements_.let_go();
}

void TrailWriter::recovered() {
  failing_.store(false, std::memory_order_relaxed);
  core::log().warn("audit events are being stored again; {} were dropped since the start", intake_.dropped());
}

void TrailWriter::finish() {
  const auto deadline = std::chrono::steady_clock::now() + options_.stop_timeout;
  bool said_goodbye = false;
  for (;;) {
    if (drain(intake_.pushed())) {
      if (said_goodbye) return;
      add_own_event("audit_stop", "the proxy stops");
      said_goodbye = true;
      continue;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return give_up();
    std::this_thread::sleep_for(std::min(pause_, left));
  }
}

void TrailWriter::give_up() {
  std::uint64_t lost = batch_.events() - own_events_;
  while (intake_.consume([](const Event&) {})) ++lost;
  lost_.store(lost, std::memory_order_relaxed);
  core::log().error("{} audit events are lost: they could not be stored before the stop", lost);
}

}  // namespace sqlproxy::audit
