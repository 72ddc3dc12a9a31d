#include "backend/server_connection.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>

#include "core/error.hpp"
#include "core/random.hpp"
#include "net/connect.hpp"
#include "wire/frame.hpp"
#include "wire/message_type.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/error_response.hpp"
#include "wire/messages/parameter_status.hpp"

namespace sqlproxy::backend {
namespace {

// A message that arrives unasked on an idle connection (a ParameterStatus after a reload of the server) is short.
constexpr std::uint32_t kMaxUnattendedMessage = 64 * 1024;

std::string make_missing_name() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string name = "sql-proxy denied this statement ";
  for (const char raw : core::random_string(8)) {
    name.push_back(kHex[static_cast<unsigned char>(raw) >> 4]);
    name.push_back(kHex[static_cast<unsigned char>(raw) & 0x0F]);
  }
  return name;
}

LoginFailure network_failure(core::Error error) {
  return {LoginFailure::Cause::network, std::move(error)};
}

}  // namespace

ServerConnection::ServerConnection(Id id, net::Stream stream, net::InputBuffer input, ServerGreeting greeting,
                                   std::shared_ptr<const ServerTarget> target, StartupSettings settings)
    : id_(id),
      stream_(std::move(stream)),
      input_(std::move(input)),
      greeting_(std::move(greeting)),
      target_(std::move(target)),
      settings_(std::move(settings)),
      missing_name_(make_missing_name()) {}

ServerConnection::ServerConnection(net::Executor executor, Id id, DetachedServerConnection detached)
    : id_(id),
      stream_(executor, std::move(detached.stream)),
      greeting_(std::move(detached.greeting)),
      target_(std::move(detached.target)),
      settings_(std::move(detached.settings)),
      opened_at_(detached.opened_at),
      missing_name_(std::move(detached.missing_name)),
      state_(std::move(detached.state)),
      statements_(std::move(detached.statements)) {}

net::Task<std::variant<std::unique_ptr<ServerConnection>, LoginFailure>> ServerConnection::open(
    net::DeadlineQueue& deadlines, Id id, std::shared_ptr<const ServerTarget> target, StartupSettings settings,
    std::chrono::milliseconds timeout) {
  const core::TimePoint start = core::SteadyClock::now();
  auto connected = co_await net::connect(deadlines, target->host, target->port, timeout);
  if (!connected) co_return network_failure(std::move(connected).error());
  net::Stream stream = *std::move(connected);

  bool expired = false;
  net::Deadline deadline(deadlines, [&] {
    expired = true;
    stream.cancel();
  });
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(core::SteadyClock::now() - start);
  deadline.arm(std::max(timeout - spent, std::chrono::milliseconds(1)));
  const auto timed_out = [] {
    return network_failure(core::make_error(core::ErrorCode::timeout, core::sqlstate::kConnectionFailure,
                                            "could not log in to server: timeout expired"));
  };
  if (auto tls = co_await start_server_tls(stream, *target); !tls) {
    co_return expired ? timed_out() : network_failure(std::move(tls).error());
  }
  net::InputBuffer input;
  LoginResult login = co_await log_in(stream, input, *target, settings);
  deadline.disarm();
  if (expired) co_return timed_out();
  if (auto* failed = std::get_if<LoginFailure>(&login)) co_return std::move(*failed);
  co_return std::make_unique<ServerConnection>(id, std::move(stream), std::move(input),
                                               std::get<ServerGreeting>(std::move(login)), std::move(target),
                                               std::move(settings));
}

net::Task<void> ServerConnection::run() {
  while (!closed_) {
    input_.release_if_empty();
    const net::IoResult read = co_await stream_.read_some(input_.prepare());
    // While the read was pending the connection may have got another user, or been closed.
    if (detached_) co_return finish_detaching(read.error == asio::error::operation_aborted && input_.empty());
    if (!read.ok() || closed_) break;
    input_.commit(read.size);
    const bool go_on = user_ != nullptr ? co_await user_->on_server_input(*this) : absorb_unattended_input();
    if (!go_on) break;
  }
  if (detached_) co_return finish_detaching(false);
  closed_ = true;
  if (ServerConnectionUser* user = std::exchange(user_, nullptr)) user->on_server_closed(*this);
  stream_.close();
}

void ServerConnection::detach_from_worker(DetachHandler done) {
  assert(user_ == nullptr);
  detached_ = std::move(done);
  stream_.cancel();
}

void ServerConnection::finish_detaching(bool intact) {
  closed_ = true;
  const auto done = std::move(detached_);
  if (!intact) {
    stream_.close();
    return done(nullptr);
  }
  auto detached = std::make_unique<DetachedServerConnection>();
  detached->stream = stream_.detach();
  detached->greeting = std::move(greeting_);
  detached->target = std::move(target_);
  detached->settings = std::move(settings_);
  detached->opened_at = opened_at_;
  detached->missing_name = std::move(missing_name_);
  detached->state = std::move(state_);
  detached->statements = std::move(statements_);
  done(std::move(detached));
}

std::unique_ptr<ServerConnection> ServerConnection::reattach(net::Executor executor, Id id,
                                                             std::unique_ptr<DetachedServerConnection> detached) {
  return std::make_unique<ServerConnection>(executor, id, std::move(*detached));
}

void ServerConnection::attach(ServerConnectionUser& user) {
  assert(user_ == nullptr);
  user_ = &user;
}

void ServerConnection::detach() {
  user_ = nullptr;
}

void ServerConnection::close() {
  closed_ = true;
  stream_.cancel();
}

void ServerConnection::close_politely() {
  std::string terminate;
  wire::append_message(terminate, wire::FrontendType::Terminate);
  // Good manners only: a server that does not take it now sees the end of the stream.
  (void)stream_.try_write(terminate);
  close();
}

// An idle server may report a setting that its configuration changed; everything else (a notification that nobody asked
// for, a farewell, which after a crash comes as a notice, garbage) means that the connection must not be used again.
bool ServerConnection::absorb_unattended_input() {
  while (input_.size() >= wire::FrameHeader::kSize) {
    const auto header = wire::decode_frame_header(input_.data());
    if (!header || header->body_size > kMaxUnattendedMessage) return false;
    const auto type = static_cast<wire::BackendType>(header->type);
    if (type == wire::BackendType::ErrorResponse) note_farewell();
    if (type != wire::BackendType::ParameterStatus) return false;
    if (input_.size() < header->frame_size()) return true;
    const auto status =
        wire::ParameterStatus::decode(input_.data().substr(wire::FrameHeader::kSize, header->body_size));
    if (!status) return false;
    note_parameter(status->name, status->value);
    input_.consume(static_cast<std::size_t>(header->frame_size()));
  }
  return true;
}

void ServerConnection::note_parameter(std::string_view name, std::string_view value) {
  update_setting(greeting_.parameters, name, value);
  parameters_revision_ = next_revision();
}

std::uint64_t ServerConnection::next_revision() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void ServerConnection::note_farewell() {
  const auto error = wire::ErrorResponse::decode_prefix(input_.data().substr(wire::FrameHeader::kSize));
  told_to_end_ = error.sqlstate() == core::sqlstate::kAdminShutdown;
}

void update_setting(Settings& settings, std::string_view name, std::string_view value) {
  const auto found = std::ranges::find(settings, name, &Setting::name);
  if (found != settings.end()) {
    found->value = value;
  } else {
    settings.push_back({std::string(name), std::string(value)});
  }
}

}  // namespace sqlproxy::backend
