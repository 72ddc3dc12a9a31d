#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/result.hpp"
#include "net/deadline.hpp"
#include "net/stream.hpp"

namespace sqlproxy::net {

// Connects to `host` (name, address, or a directory that holds the Unix socket .s.PGSQL.<port>, as libpq reads it):
// each address of the name in turn until one answers. TCP_NODELAY and keepalive are set. `timeout` bounds the whole of
// it; the error's code is `timeout` or `network`, its text names no address.
[[nodiscard]] Task<core::Result<Stream>> connect(DeadlineQueue& deadlines, const std::string& host, std::uint16_t port,
                                                 std::chrono::milliseconds timeout);

// What every accepted or connected socket gets: no delay of small writes, keepalive that finds a dead peer in minutes.
void set_socket_options(Stream::Socket& socket);

}  // namespace sqlproxy::net
