#include "frontend/notification_route.hpp"

#include <cassert>
#include <utility>

namespace sqlproxy::frontend {

void NotificationRoute::cross(Source to, std::string marker) {
  assert(!crossing() && to_ != to);
  from_ = to_;
  to_ = to;
  marker_ = std::move(marker);
  passed_[0] = passed_[1] = false;
}

bool NotificationRoute::cancel() {
  const bool complete = !passed_[index(from_)];
  to_ = from_;
  marker_.reset();
  held_.clear();
  return complete;
}

void NotificationRoute::take(Source source, const wire::NotificationResponse& notification, std::int32_t process_id,
                             std::string& out) {
  if (notification.channel == sync_channel_) {
    if (marker_ && notification.payload == *marker_) pass(source, out);
    return;
  }
  // Before the marker the old stream counts, behind it the new one.
  const bool wanted = crossing() ? (source == from_) != passed_[index(source)] : source == to_;
  if (!wanted) return;
  const bool early = crossing() && source == to_ && !passed_[index(from_)];
  // What a server has sent can be sent on.
  (void)wire::NotificationResponse{process_id, notification.channel, notification.payload}.encode(early ? held_ : out);
}

void NotificationRoute::pass(Source source, std::string& out) {
  passed_[index(source)] = true;
  if (source == from_) out += std::exchange(held_, {});
  if (passed_[0] && passed_[1]) marker_.reset();
}

}  // namespace sqlproxy::frontend
