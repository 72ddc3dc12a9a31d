#include "backend/cancel_sender.hpp"

#include <array>

#include "backend/server_login.hpp"
#include "net/connect.hpp"
#include "wire/cancel_request.hpp"

namespace sqlproxy::backend {

net::Task<bool> send_cancel(net::DeadlineQueue& deadlines, const ServerTarget& target, std::int32_t process_id,
                            const std::string& cancel_key, std::chrono::milliseconds timeout) {
  auto connected = co_await net::connect(deadlines, target.host, target.port, timeout);
  if (!connected) co_return false;
  net::Stream stream = *std::move(connected);
  net::Deadline deadline(deadlines, [&stream] { stream.cancel(); });
  deadline.arm(timeout);
  if (!(co_await start_server_tls(stream, target))) co_return false;
  std::string packet;
  wire::CancelRequest{process_id, cancel_key}.encode(packet);
  if (!(co_await stream.write_all(packet)).ok()) co_return false;
  std::array<char, 1> nothing{};
  const net::IoResult end = co_await stream.read_some(nothing);
  co_return end.error == asio::error::eof || end.error == asio::error::connection_reset;
}

}  // namespace sqlproxy::backend
