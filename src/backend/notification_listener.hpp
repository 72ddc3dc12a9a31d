#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backend/notification_mailbox.hpp"
#include "backend/sender_names.hpp"
#include "backend/server_connection.hpp"
#include "backend/server_target.hpp"
#include "net/deadline.hpp"
#include "net/signal.hpp"
#include "net/task_group.hpp"
#include "wire/message_type.hpp"

namespace sqlproxy::backend {

// One server connection that listens for many sessions: on the union of their channels. Opened for the first subscriber
// and closed some time after the last. When it is lost, every subscription that it had confirmed is lost with it, since
// nobody can tell what was notified meanwhile; those that it had not are served by the next connection.
//
// Owned by the NotificationHub; its thread only.
class NotificationListener final : private ServerConnectionUser {
 public:
  using SubscriberId = std::uint64_t;

  // `deadlines`, `tasks` and `senders` outlive it. Payloads and names are in `encoding`, a client_encoding.
  NotificationListener(net::Executor executor, net::DeadlineQueue& deadlines, net::TaskGroup& tasks,
                       std::shared_ptr<const ServerTarget> target, std::string encoding, std::string sync_channel,
                       const SenderNames& senders);
  NotificationListener(const NotificationListener&) = delete;
  NotificationListener& operator=(const NotificationListener&) = delete;
  ~NotificationListener() override = default;

  [[nodiscard]] bool serves(const ServerTarget& target, std::string_view encoding) const {
    return encoding_ == encoding && *target_ == target;
  }

  void subscribe(SubscriberId id, std::shared_ptr<NotificationMailbox> mailbox);
  // Replaces the channels of a subscriber; confirmed with `version` when the server listens on all of them. Nothing
  // when the subscription is lost already.
  void listen(SubscriberId id, const std::vector<std::string>& channels, std::uint64_t version);
  void unsubscribe(SubscriberId id);
  [[nodiscard]] bool unused() const { return subscribers_.empty(); }

  // Holds the connection until nobody has needed it for a while, or until stop(). Run by the hub, once at a time.
  [[nodiscard]] net::Task<void> run();
  void stop();

 private:
  struct Subscriber {
    std::shared_ptr<NotificationMailbox> mailbox;
    std::vector<std::string> channels;
    std::uint64_t version = 0;
    std::uint64_t confirmed = 0;
  };
  struct Channel {
    std::vector<SubscriberId> subscribers;
    // Without subscribers: since when.
    core::TimePoint unused_since;
  };

  net::Task<bool> on_server_input(ServerConnection& connection) override;
  void on_server_closed(ServerConnection& connection) override;
  [[nodiscard]] bool on_message(wire::BackendType type, std::string_view body);
  void on_notification(std::int32_t process_id, std::string_view channel, std::string_view payload);

  [[nodiscard]] net::Task<bool> connect();
  [[nodiscard]] net::Task<void> read(std::shared_ptr<ServerConnection> connection);
  // Closes the connection, if there is one, and waits until it is gone.
  [[nodiscard]] net::Task<void> drop();
  [[nodiscard]] net::Task<void> pause();
  [[nodiscard]] net::Task<void> wait_for_use();
  // What has to be said to the server; "" when it listens on all that is wanted.
  [[nodiscard]] std::string next_commands();
  void sweep_unused(std::string& commands);
  // False when the connection is lost.
  [[nodiscard]] net::Task<bool> execute(std::string commands);
  void join_channel(SubscriberId id, const std::string& name);
  void leave_channels(SubscriberId id, const std::vector<std::string>& channels);
  void confirm_all();

  net::Executor executor_;
  net::DeadlineQueue& deadlines_;
  net::TaskGroup& tasks_;
  std::shared_ptr<const ServerTarget> target_;
  std::string encoding_;
  std::string sync_channel_;
  const SenderNames& senders_;
  std::unordered_map<SubscriberId, Subscriber> subscribers_;
  // By name: what the server listens on, and what is in to_listen_ or in the command that is under way.
  std::unordered_map<std::string, Channel> channels_;
  std::vector<std::string> to_listen_;
  // Those that had no subscribers at some time; looked at when sweep_at_ has come.
  std::vector<std::string> unused_;
  core::TimePoint sweep_at_;
  // Whose newest version is not confirmed.
  std::vector<SubscriberId> unconfirmed_;
  std::shared_ptr<ServerConnection> connection_;
  // Something for run() to look at; armed for what becomes due with time.
  net::Signal changed_;
  net::Deadline due_;
  bool ready_ = false;
  bool stopping_ = false;
  int failures_ = 0;
};

}  // namespace sqlproxy::backend
