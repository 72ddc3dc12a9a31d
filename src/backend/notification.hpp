#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace sqlproxy::backend {

// What a listener connection received. Immutable; shared by all sessions that listen on its channel.
struct Notification {
  // The server process of the session that notified.
  std::int32_t process_id = 0;
  // What clients are told of it: the client that notified from there, as far as it is known.
  std::int32_t sender = 0;
  std::string channel;
  std::string payload;
};
using NotificationPtr = std::shared_ptr<const Notification>;

}  // namespace sqlproxy::backend
