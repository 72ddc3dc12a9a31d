#include "backend/notification_listener.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "backend/listen_commands.hpp"
#include "core/log.hpp"
#include "wire/frame.hpp"
#include "wire/message_type.hpp"
#include "wire/messages/error_response.hpp"
#include "wire/messages/notification_response.hpp"
#include "wire/messages/query.hpp"

namespace sqlproxy::backend {
namespace {

using wire::BackendType;

// How long a channel, or the connection, is kept when nobody needs it: clients come back.
constexpr std::chrono::milliseconds kGrace{10000};
constexpr std::chrono::milliseconds kConnectTimeout{5000};
constexpr std::chrono::milliseconds kCommandTimeout{15000};
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};
// A payload has 8000 bytes at most, more in another encoding; an error of the server may be longer.
constexpr std::uint32_t kMaxMessage = 1024 * 1024;

}  // namespace

NotificationListener::NotificationListener(net::Executor executor, net::DeadlineQueue& deadlines, net::TaskGroup& tasks,
                                           std::shared_ptr<const ServerTarget> target, std::string encoding,
                                           std::string sync_channel, const SenderNames& senders)
    : executor_(executor),
      deadlines_(deadlines),
      tasks_(tasks),
      target_(std::move(target)),
      encoding_(std::move(encoding)),
      sync_channel_(std::move(sync_channel)),
      senders_(senders),
      changed_(executor),
      due_(deadlines, [this] { changed_.notify_all(); }) {}

void NotificationListener::subscribe(SubscriberId id, std::shared_ptr<NotificationMailbox> mailbox) {
  subscribers_[id].mailbox = std::move(mailbox);
  changed_.notify_all();
}

void NotificationListener::listen(SubscriberId id, const std::vector<std::string>& channels, std::uint64_t version) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end()) return;
  Subscriber& subscriber = found->second;
  // First the new ones, so that a channel that stays is never without subscribers.
  for (const std::string& name : channels) {
    if (std::ranges::find(subscriber.channels, name) == subscriber.channels.end()) join_channel(id, name);
  }
  std::vector<std::string> left;
  std::ranges::copy_if(subscriber.channels, std::back_inserter(left),
                       [&](const std::string& name) { return std::ranges::find(channels, name) == channels.end(); });
  leave_channels(id, left);
  subscriber.channels = channels;
  if (subscriber.version == subscriber.confirmed) unconfirmed_.push_back(id);
  subscriber.version = version;
  changed_.notify_all();
}

void NotificationListener::unsubscribe(SubscriberId id) {
  const auto found = subscribers_.find(id);
  if (found == subscribers_.end()) return;
  leave_channels(id, found->second.channels);
  subscribers_.erase(found);
  changed_.notify_all();
}

void NotificationListener::join_channel(SubscriberId id, const std::string& name) {
  const auto [entry, added] = channels_.try_emplace(name);
  entry->second.subscribers.push_back(id);
  if (added) to_listen_.push_back(name);
}

void NotificationListener::leave_channels(SubscriberId id, const std::vector<std::string>& channels) {
  for (const std::string& name : channels) {
    Channel& channel = channels_[name];
    std::erase(channel.subscribers, id);
    if (!channel.subscribers.empty()) continue;
    channel.unused_since = core::SteadyClock::now();
    if (unused_.empty()) sweep_at_ = channel.unused_since + kGrace;
    unused_.push_back(name);
  }
}

void NotificationListener::stop() {
  stopping_ = true;
  if (connection_) connection_->close();
  changed_.notify_all();
}

net::Task<void> NotificationListener::run() {
  while (!stopping_) {
    if (subscribers_.empty()) {
      co_await wait_for_use();
      if (subscribers_.empty()) break;
    } else if (!connection_) {
      if (co_await connect()) continue;
      co_await drop();
      co_await pause();
    } else if (std::string commands = next_commands(); !commands.empty()) {
      if (!co_await execute(std::move(commands))) co_await drop();
    } else {
      confirm_all();
      co_await changed_.wait();
    }
  }
  due_.disarm();
  if (connection_) connection_->close_politely();
  co_await drop();
}

net::Task<void> NotificationListener::drop() {
  if (connection_) connection_->close();
  while (connection_) co_await changed_.wait();
}

net::Task<void> NotificationListener::wait_for_use() {
  const auto until = core::SteadyClock::now() + kGrace;
  due_.arm(kGrace);
  while (!stopping_ && subscribers_.empty() && connection_ && core::SteadyClock::now() < until) {
    co_await changed_.wait();
  }
}

net::Task<bool> NotificationListener::connect() {
  StartupSettings settings;
  settings.parameters = {{"application_name", "sql-proxy notifications"}, {"client_encoding", encoding_}};
  auto opened = co_await ServerConnection::open(deadlines_, 0, target_, std::move(settings), kConnectTimeout);
  if (auto* failure = std::get_if<LoginFailure>(&opened)) {
    core::log().warn("cannot listen for notifications of database \"{}\": {}", core::log_safe(target_->dbname),
                     core::log_safe(failure->error.message));
    co_return false;
  }
  connection_ = std::move(std::get<std::unique_ptr<ServerConnection>>(opened));
  connection_->attach(*this);
  tasks_.spawn(read(connection_));
  std::string commands;
  append_listen(commands, sync_channel_);
  const bool listening = co_await execute(std::move(commands));
  if (listening) failures_ = 0;
  co_return listening;
}

net::Task<void> NotificationListener::read(std::shared_ptr<ServerConnection> connection) {
  co_await connection->run();
}

net::Task<void> NotificationListener::pause() {
  ++failures_;
  const auto pause = std::min(kFirstPause * (1 << std::min(failures_, 6)), kLongestPause);
  const auto until = core::SteadyClock::now() + pause;
  due_.arm(pause);
  while (!stopping_ && core::SteadyClock::now() < until) co_await changed_.wait();
}

std::string NotificationListener::next_commands() {
  std::string commands;
  for (const std::string& name : std::exchange(to_listen_, {})) append_listen(commands, name);
  sweep_unused(commands);
  return commands;
}

void NotificationListener::sweep_unused(std::string& commands) {
  if (unused_.empty()) return;
  const core::TimePoint now = core::SteadyClock::now();
  if (now >= sweep_at_) {
    for (const std::string& name : std::exchange(unused_, {})) {
      const auto found = channels_.find(name);
      if (found == channels_.end() || !found->second.subscribers.empty()) continue;
      if (now - found->second.unused_since < kGrace) {
        unused_.push_back(name);
        continue;
      }
      append_unlisten(commands, name);
      channels_.erase(found);
    }
    sweep_at_ = now + kGrace;
  }
  due_.arm(std::chrono::duration_cast<std::chrono::milliseconds>(sweep_at_ - now) + std::chrono::milliseconds(1));
}

net::Task<bool> NotificationListener::execute(std::string commands) {
  const std::shared_ptr<ServerConnection> connection = connection_;
  std::string out;
  if (!wire::Query{commands}.encode(out)) co_return false;
  ready_ = false;
  const auto until = core::SteadyClock::now() + kCommandTimeout;
  if (!(co_await connection->stream().write_all(out)).ok()) co_return false;
  due_.arm(kCommandTimeout);
  while (!ready_ && connection_ == connection && !connection->closed() && core::SteadyClock::now() < until) {
    co_await changed_.wait();
  }
  co_return ready_&& connection_ == connection;
}

void NotificationListener::confirm_all() {
  for (const SubscriberId id : std::exchange(unconfirmed_, {})) {
    const auto found = subscribers_.find(id);
    if (found == subscribers_.end()) continue;
    found->second.confirmed = found->second.version;
    found->second.mailbox->confirm(found->second.version);
  }
}

net::Task<bool> NotificationListener::on_server_input(ServerConnection& connection) {
  net::InputBuffer& input = connection.input();
  while (input.size() >= wire::FrameHeader::kSize) {
    const auto header = wire::decode_frame_header(input.data());
    if (!header || header->body_size > kMaxMessage) co_return false;
    const auto frame_size = static_cast<std::size_t>(header->frame_size());
    if (input.size() < frame_size) break;
    const std::string_view body = input.data().substr(wire::FrameHeader::kSize, header->body_size);
    if (!on_message(static_cast<BackendType>(header->type), body)) co_return false;
    input.consume(frame_size);
  }
  co_return true;
}

bool NotificationListener::on_message(BackendType type, std::string_view body) {
  switch (type) {
    case BackendType::NotificationResponse: {
      const auto message = wire::NotificationResponse::decode(body);
      if (!message) return false;
      on_notification(message->process_id, message->channel, message->payload);
      return true;
    }
    case BackendType::ReadyForQuery:
      ready_ = true;
      changed_.notify_all();
      return true;
    case BackendType::ErrorResponse:
      core::log().warn("the server refused to listen, or ended the connection that does: {}",
                       core::log_safe(wire::ErrorResponse::decode_prefix(body).message()));
      return false;
    case BackendType::CommandComplete:
    case BackendType::ParameterStatus:
    case BackendType::NoticeResponse: return true;
    default: return false;
  }
}

void NotificationListener::on_notification(std::int32_t process_id, std::string_view channel,
                                           std::string_view payload) {
  auto notification = std::make_shared<const Notification>(Notification{.process_id = process_id,
                                                                        .sender = senders_.find(*target_, process_id),
                                                                        .channel = std::string(channel),
                                                                        .payload = std::string(payload)});
  if (channel == sync_channel_) {
    // "<subscriber>:<random>"; what has another form is somebody else's and nobody's here.
    SubscriberId id = 0;
    const auto [end, fault] = std::from_chars(payload.data(), payload.data() + payload.size(), id);
    const auto found = subscribers_.find(id);
    if (fault == std::errc() && found != subscribers_.end()) found->second.mailbox->put(std::move(notification));
    return;
  }
  const auto found = channels_.find(notification->channel);
  if (found == channels_.end()) return;
  for (const SubscriberId id : found->second.subscribers) subscribers_.at(id).mailbox->put(notification);
}

void NotificationListener::on_server_closed(ServerConnection& /*connection*/) {
  connection_.reset();
  if (!stopping_ && !subscribers_.empty()) {
    core::log().warn("the connection that listens for notifications of database \"{}\" is lost: {} sessions",
                     core::log_safe(target_->dbname), subscribers_.size());
  }
  std::vector<SubscriberId> lost;
  for (const auto& [id, subscriber] : subscribers_) {
    if (subscriber.confirmed != 0) lost.push_back(id);
  }
  for (const SubscriberId id : lost) {
    subscribers_.at(id).mailbox->lose();
    unsubscribe(id);
  }
  // The next connection listens to nothing.
  unused_.clear();
  to_listen_.clear();
  std::erase_if(channels_, [](const auto& entry) { return entry.second.subscribers.empty(); });
  for (const auto& [name, channel] : channels_) to_listen_.push_back(name);
  changed_.notify_all();
}

}  // namespace sqlproxy::backend
