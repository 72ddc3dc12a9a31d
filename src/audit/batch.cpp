#include "audit/batch.hpp"

#include <utility>

namespace sqlproxy::audit {
namespace {

constexpr std::size_t kMaxEvents = 1000;
// A batch is full once it has this many bytes, so it may exceed them by one line.
constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;
// What is kept of a batch's memory for the next one.
constexpr std::size_t kKeptCapacity = 2 * kMaxBytes;

}  // namespace

Batch::Batch(std::string node_id, bool chain, LineFormat format, const TrailPosition& position)
    : encoder_(std::move(node_id), format), last_sequence_(position.sequence) {
  if (chain) chain_.emplace(position.hash);
}

void Batch::add(const Event& event) {
  const std::size_t start = lines_.size();
  ++last_sequence_;
  if (events_++ == 0) first_sequence_ = last_sequence_;
  encoder_.append(lines_, event, last_sequence_);
  if (chain_) {
    chain_->close_line(lines_, start, line_end(encoder_.format()));
  } else {
    close_line_unchained(lines_, line_end(encoder_.format()));
  }
}

void Batch::add_overflow(std::uint64_t dropped, core::WallTime now) {
  last_sequence_ += dropped;
  Event event;
  event.kind = EventKind::overflow;
  event.event_id = core::Uuid::v7(now);
  event.timestamp = now;
  event.reason = "the audit queue was full";
  event.dropped = dropped;
  add(event);
}

void Batch::use(LineFormat format, bool chain) {
  encoder_.set_format(format);
  if (!chain) {
    chain_.reset();
  } else if (!chain_) {
    chain_.emplace("");
  }
}

bool Batch::full() const {
  return events_ >= kMaxEvents || lines_.size() >= kMaxBytes;
}

void Batch::clear() {
  lines_.clear();
  if (lines_.capacity() > kKeptCapacity) lines_.shrink_to_fit();
  events_ = 0;
}

}  // namespace sqlproxy::audit
