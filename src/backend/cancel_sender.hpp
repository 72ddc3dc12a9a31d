#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "backend/server_target.hpp"
#include "net/deadline.hpp"

namespace sqlproxy::backend {

// Sends a CancelRequest over a connection of its own and waits until the server has closed that connection: only then
// has the signal been sent, and only then may the server connection it is meant for serve another client
// (protocol.md, 6.2). True when the close was seen in time.
[[nodiscard]] net::Task<bool> send_cancel(net::DeadlineQueue& deadlines, const ServerTarget& target,
                                          std::int32_t process_id, const std::string& cancel_key,
                                          std::chrono::milliseconds timeout);

}  // namespace sqlproxy::backend
