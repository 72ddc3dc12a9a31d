#pragma once

// The parts of Asio that the project uses, in one place: includes are slow, and this header is precompiled.
#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace sqlproxy::net {

// Bound to the io_context's own executor type: a type-erased one costs an allocation per operation.
using Executor = asio::io_context::executor_type;

// What every coroutine of the project returns.
template <class T = void>
using Task = asio::awaitable<T, Executor>;

// The completion token of operations that a Task awaits; `error` receives what would be thrown.
[[nodiscard]] inline auto use_task(std::error_code& error) {
  return asio::redirect_error(asio::use_awaitable_t<Executor>(), error);
}

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace sqlproxy::net
