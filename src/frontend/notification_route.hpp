#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/messages/notification_response.hpp"

namespace sqlproxy::frontend {

// Which of two streams of notifications a client gets: that of the server connection that its session has leased, or
// that of the hub's listener connection. Both have the same notifications in the same order, that of their commits, so
// the session can change from one to the other at a marker that it notifies itself: what stands before the marker comes
// from the old stream, what stands behind it from the new one, and nothing twice or never.
//
// A state machine without IO; one per session, not thread-safe.
class NotificationRoute {
 public:
  enum class Source : std::uint8_t { server, hub };

  // What is notified on `sync_channel` is never the client's to see.
  explicit NotificationRoute(std::string sync_channel) : sync_channel_(std::move(sync_channel)) {}

  // The one that the client hears, or that it is to hear when crossing() has ended.
  [[nodiscard]] Source source() const { return to_; }
  // A marker is still to come from one of the two.
  [[nodiscard]] bool crossing() const { return marker_.has_value(); }
  [[nodiscard]] bool has_passed_marker(Source source) const { return !crossing() || passed_[index(source)]; }

  // From now on the client hears `to` behind `marker`. Both streams have it, or cancel() is called. Requires:
  // !crossing(), source() != to.
  void cross(Source to, std::string marker);
  // The new stream is gone, or the marker was not sent: everything stays as it was. False when it cannot, because the
  // old stream has passed the marker. Requires: crossing().
  [[nodiscard]] bool cancel();

  // The next notification of a stream. Appended to `out` is what the client gets to see: nothing, it, or it and what
  // was held back. `process_id` is what the client is told of the sender.
  void take(Source source, const wire::NotificationResponse& notification, std::int32_t process_id, std::string& out);

  // Bytes of notifications of the new stream that wait for the old one's marker.
  [[nodiscard]] std::size_t held_bytes() const { return held_.size(); }

 private:
  [[nodiscard]] static std::size_t index(Source source) { return static_cast<std::size_t>(source); }
  void pass(Source source, std::string& out);

  std::string sync_channel_;
  Source from_ = Source::server;
  Source to_ = Source::server;
  std::optional<std::string> marker_;
  bool passed_[2] = {false, false};
  std::string held_;
};

}  // namespace sqlproxy::frontend
