#include "frontend/client_output.hpp"

#include <utility>

namespace sqlproxy::frontend {
namespace {

constexpr std::size_t kKeptCapacity = 1024;

}  // namespace

ClientOutput::~ClientOutput() {
  if (waiting_) waits_->remove(*this);
}

bool ClientOutput::try_write(std::string_view bytes, std::size_t& sent) {
  sent = 0;
  if (lost_) return false;
  if (holding()) {
    held_ += bytes;
    sent = bytes.size();
    return true;
  }
  if (writing_) return false;
  const net::IoResult result = stream_.try_write(bytes);
  sent = result.size;
  lost_ = !result.ok();
  return sent == bytes.size();
}

net::Task<bool> ClientOutput::write(std::string_view bytes) {
  std::size_t sent = 0;
  if (try_write(bytes, sent)) co_return true;
  while (writing_) co_await free_.wait();
  if (lost_) co_return false;
  co_await write_patiently(bytes.substr(sent));
  co_return !lost_;
}

net::Task<void> ClientOutput::write_patiently(std::string_view bytes) {
  writing_ = true;
  net::Deadline patience(deadlines_, [this] {
    stalled_ = true;
    stream_.cancel();
  });
  patience.arm(patience_);
  const net::IoResult result = co_await stream_.write_all(bytes);
  writing_ = false;
  lost_ = !result.ok();
  free_.notify_all();
}

void ClientOutput::follow(AuditWaits& waits, std::function<void()> send, std::function<void()> sent) {
  waits_ = &waits;
  send_ = std::move(send);
  sent_ = std::move(sent);
}

void ClientOutput::hold_for(audit::Ticket ticket) {
  if (waits_ == nullptr || lost_ || waits_->settled(ticket)) return;
  if (!marks_.empty() && marks_.back().at == held_.size()) {
    marks_.back().ticket = ticket;
  } else {
    marks_.push_back({held_.size(), ticket});
  }
  if (std::exchange(waiting_, true)) return;
  waits_->add(*this, marks_.front().ticket);
}

void ClientOutput::on_settled() {
  waiting_ = false;
  release();
}

void ClientOutput::release() {
  while (!marks_.empty() && waits_->settled(marks_.front().ticket)) marks_.erase(marks_.begin());
  if (!marks_.empty() && !std::exchange(waiting_, true)) waits_->add(*this, marks_.front().ticket);
  if (releasing_) return;
  // As a rule the socket takes all of it at once.
  if (!writing_ && !lost_ && free_to_go() != 0) {
    const net::IoResult result = stream_.try_write(std::string_view(held_).substr(0, free_to_go()));
    lost_ = !result.ok();
    forget(result.size);
  }
  if (lost_) drop_held();
  if (free_to_go() != 0) {
    releasing_ = true;
    send_();
  } else if (!holding()) {
    sent_();
  }
}

net::Task<void> ClientOutput::send_released() {
  while (writing_) co_await free_.wait();
  for (;;) {
    const std::size_t size = free_to_go();
    if (size == 0 || lost_) break;
    // More may be added meanwhile, so these bytes are taken out.
    const std::string bytes = held_.substr(0, size);
    forget(size);
    co_await write_patiently(bytes);
  }
  releasing_ = false;
  if (lost_) drop_held();
  if (!holding()) sent_();
}

std::size_t ClientOutput::free_to_go() const {
  return marks_.empty() ? held_.size() : marks_.front().at;
}

void ClientOutput::forget(std::size_t size) {
  held_.erase(0, size);
  for (Mark& mark : marks_) mark.at -= size;
  if (held_.empty() && held_.capacity() > kKeptCapacity) held_.shrink_to_fit();
}

void ClientOutput::drop_held() {
  if (std::exchange(waiting_, false)) waits_->remove(*this);
  marks_.clear();
  forget(held_.size());
}

}  // namespace sqlproxy::frontend
