#include "audit/trail.hpp"

#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "audit/intake.hpp"
#include "audit/settlements.hpp"
#include "audit/trail_writer.hpp"
#include "audit/writer_signal.hpp"

namespace sqlproxy::audit {

class Trail::Impl {
 public:
  Impl(TrailOptions trail_options, std::unique_ptr<Sink> sink, const TrailPosition& position)
      : options(std::move(trail_options)),
        intake(options.queue_capacity, options.queue_bytes),
        mode(options.durability, options.on_failure),
        writer(options, mode, std::move(sink), position, intake, settlements, signal),
        thread([this] { writer.run(); }) {}

  Ticket push(Event&& event, Intake::Claim claim) noexcept {
    if (event.timestamp == core::WallTime{}) event.timestamp = core::wall_now();
    if (event.event_id.is_nil()) event.event_id = core::Uuid::v7(event.timestamp);
    const Intake::Pushed pushed = intake.push(std::move(event), claim);
    if (pushed.wake_writer) signal.work();
    return {pushed.number};
  }

  const TrailOptions options;
  Intake intake;
  TrailMode mode;
  Settlements settlements;
  WriterSignal signal;
  TrailWriter writer;
  std::mutex stop_mutex;
  std::thread thread;  // last: it uses all of the above
};

Trail::Trail(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Trail::~Trail() {
  stop();
}

core::Result<std::unique_ptr<Trail>> Trail::open(TrailOptions options, std::unique_ptr<Sink> sink) {
  const core::Result<TrailPosition> position = sink->open();
  if (!position) return position.error();
  return std::unique_ptr<Trail>(new Trail(std::make_unique<Impl>(std::move(options), std::move(sink), *position)));
}

Ticket Trail::submit(Event&& event) noexcept {
  return impl_->push(std::move(event), impl_->mode.blocks() ? Intake::Claim::new_place : Intake::Claim::none);
}

Trail::Admission Trail::admit(std::uint64_t events) noexcept {
  if (!impl_->mode.blocks()) return Admission::free;
  if (impl_->writer.failing() || !impl_->intake.reserve(events)) return Admission::refused;
  return Admission::reserved;
}

Ticket Trail::submit_reserved(Event&& event) noexcept {
  return impl_->push(std::move(event), Intake::Claim::held);
}

void Trail::withdraw(std::uint64_t events) noexcept {
  impl_->intake.give_back(events);
}

bool Trail::settled(Ticket ticket) const noexcept {
  return impl_->mode.durability() == Durability::batch || impl_->settlements.settled(ticket) ||
         (impl_->writer.failing() && !impl_->mode.blocks());
}

void Trail::on_settled(Ticket ticket, Settled done) {
  if (impl_->mode.durability() == Durability::batch) {
    done(ticket.accepted() ? Outcome::stored : Outcome::lost);
  } else if (impl_->settlements.wait(ticket, std::move(done))) {
    // The writer may have failed, and let go of everybody, just before.
    if (impl_->writer.failing() && !impl_->mode.blocks()) impl_->settlements.let_go();
    impl_->signal.work();
  }
}

bool Trail::accepting() const noexcept {
  return !impl_->mode.blocks() || (!impl_->writer.failing() && !impl_->intake.nearly_full());
}

bool Trail::failing() const noexcept {
  return impl_->writer.failing();
}

TrailStats Trail::stats() const noexcept {
  TrailStats stats;
  stats.events = impl_->writer.events();
  stats.dropped = impl_->intake.dropped() + impl_->writer.lost();
  stats.bytes = impl_->writer.bytes();
  stats.queue_depth = impl_->intake.depth();
  stats.failing = impl_->writer.failing();
  return stats;
}

std::uint64_t Trail::stored_sequence() const noexcept {
  return impl_->writer.stored_sequence();
}

core::Status Trail::reconfigure(TrailChange change) {
  const Durability durability = change.durability;
  const OnFailure on_failure = change.on_failure;
  const std::size_t capacity = change.queue_capacity;
  if (!impl_->intake.can_hold(capacity)) {
    return core::make_error(core::ErrorCode::unsupported, core::sqlstate::kInternalError,
                            "queue_capacity of [audit] can be raised above that of the start by a restart only");
  }
  std::future<core::Status> done = impl_->writer.request_change(std::move(change));
  impl_->signal.poke();
  if (core::Status changed = done.get(); !changed) return changed;
  impl_->intake.set_limit(capacity);
  impl_->mode.set(durability, on_failure);
  return {};
}

void Trail::reopen() {
  impl_->writer.request_reopen();
  impl_->signal.poke();
}

void Trail::flush() {
  impl_->signal.flush();
}

void Trail::stop() {
  const std::lock_guard lock(impl_->stop_mutex);
  if (!impl_->thread.joinable()) return;
  impl_->intake.close();
  impl_->signal.stop();
  impl_->thread.join();
}

}  // namespace sqlproxy::audit
