#include "backend/server_reset.hpp"

#include "wire/frame.hpp"
#include "wire/message_type.hpp"
#include "wire/messages/parameter_status.hpp"
#include "wire/messages/query.hpp"
#include "wire/messages/ready_for_query.hpp"

namespace sqlproxy::backend {
namespace {

constexpr std::uint32_t kMaxResetReply = 64 * 1024;

}  // namespace

ServerReset::ServerReset(ServerConnection& connection, net::Executor executor, net::DeadlineQueue& deadlines)
    : connection_(connection), changed_(executor), deadline_(deadlines, [this] {
        failed_ = true;
        changed_.notify_all();
      }) {}

void ServerReset::begin(std::chrono::milliseconds timeout) {
  connection_.attach(*this);
  deadline_.arm(timeout);
}

net::Task<bool> ServerReset::run(Transaction transaction, std::chrono::milliseconds timeout) {
  begin(timeout);
  bool clean = transaction == Transaction::none || co_await command("ROLLBACK");
  clean = clean && co_await command("DISCARD ALL");
  if (clean) {
    connection_.state().clear();
    connection_.statements().lose_all();
  }
  // Also when it is closed already: its reader may not have ended yet.
  connection_.detach();
  co_return clean && !connection_.closed();
}

net::Task<bool> ServerReset::check(std::chrono::milliseconds timeout) {
  begin(timeout);
  const bool alive = co_await command("");
  connection_.detach();
  co_return alive && !connection_.closed();
}

net::Task<bool> ServerReset::command(std::string_view sql) {
  std::string message;
  if (!wire::Query{sql}.encode(message)) co_return false;
  ready_ = false;
  if (!(co_await connection_.stream().write_all(message)).ok()) co_return false;
  while (!ready_ && !failed_) co_await changed_.wait();
  co_return !failed_;
}

net::Task<bool> ServerReset::on_server_input(ServerConnection& connection) {
  net::InputBuffer& input = connection.input();
  while (input.size() >= wire::FrameHeader::kSize) {
    const auto header = wire::decode_frame_header(input.data());
    if (!header || header->body_size > kMaxResetReply) co_return false;
    const auto size = static_cast<std::size_t>(header->frame_size());
    if (input.size() < size) co_return true;
    const std::string_view body = input.data().substr(wire::FrameHeader::kSize, header->body_size);
    switch (static_cast<wire::BackendType>(header->type)) {
      case wire::BackendType::ParameterStatus:
        if (const auto status = wire::ParameterStatus::decode(body)) {
          connection.note_parameter(status->name, status->value);
        }
        break;
      case wire::BackendType::ReadyForQuery: {
        const auto ready = wire::ReadyForQuery::decode(body);
        if (!ready || ready->status != wire::TransactionStatus::idle) co_return false;
        ready_ = true;
        changed_.notify_all();
        break;
      }
      case wire::BackendType::CommandComplete:
      case wire::BackendType::EmptyQueryResponse:
      case wire::BackendType::NoticeResponse:
      // What was sent to a channel that the client listened to: it is gone, and nobody else's.
      case wire::BackendType::NotificationResponse: break;
      default: co_return false;
    }
    input.consume(size);
  }
  co_return true;
}

void ServerReset::on_server_closed(ServerConnection& /*connection*/) {
  failed_ = true;
  changed_.notify_all();
}

}  // namespace sqlproxy::backend
