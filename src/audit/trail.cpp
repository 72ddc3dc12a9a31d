#include "audit/trail.hpp"

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
        writer(options, std::move(sink), position, intake, settlements, signal),
        thread([this] { writer.run(); }) {}

  const TrailOptions options;
  Intake intake;
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
  if (event.timestamp == core::WallTime{}) event.timestamp = core::wall_now();
  if (event.event_id.is_nil()) event.event_id = core::Uuid::v7(event.timestamp);
  const Intake::Pushed pushed = impl_->intake.push(std::move(event));
  if (pushed.wake_writer) impl_->signal.work();
  return {pushed.number};
}

bool Trail::settled(Ticket ticket) const noexcept {
  return impl_->options.durability == Durability::batch || impl_->settlements.settled(ticket);
}

void Trail::on_settled(Ticket ticket, Settled done) {
  if (impl_->options.durability == Durability::batch) {
    done(ticket.accepted() ? Outcome::stored : Outcome::lost);
  } else if (impl_->settlements.wait(ticket, std::move(done))) {
    impl_->signal.work();
  }
}

bool Trail::accepting() const noexcept {
  return impl_->options.on_failure == OnFailure::carry_on || (!impl_->writer.failing() && !impl_->intake.nearly_full());
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
