#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/notification_hub.hpp"
#include "core/error.hpp"
#include "core/rare.hpp"
#include "frontend/notification_route.hpp"
#include "net/deadline.hpp"

namespace sqlproxy::frontend {

// What a session in transaction pooling listens to, while it has a server connection and while it has none. Channels
// are LISTENed to by its own connection during a transaction, so that all that the client does there is as the server
// does it, and by the hub between two. ServerLease moves them from one to the other (docs/adr/0014).
//
// Owned by the session; worker's thread only.
class SessionNotifications {
 public:
  struct Events {
    // Mail has come that take_mail() is to look at.
    std::function<void()> on_mail;
    // fault() is set.
    std::function<void()> on_fault;
  };

  SessionNotifications(backend::NotificationHub& hub, net::Executor executor, net::DeadlineQueue& deadlines,
                       std::shared_ptr<const backend::ServerTarget> target, Events events);
  SessionNotifications(const SessionNotifications&) = delete;
  SessionNotifications& operator=(const SessionNotifications&) = delete;
  ~SessionNotifications();

  // The client's own process id, as it was told.
  void set_process_id(std::int32_t process_id) { process_id_ = process_id; }

  // The client runs something on that server process that may notify.
  void note_sending(std::int32_t server_process_id);
  // Messages from the session's server connection, `server_process_id`. What the client gets is appended to `out`.
  // False when `body` is no NotificationResponse.
  [[nodiscard]] bool take_from_server(std::string_view body, std::int32_t server_process_id, std::string& out);
  // Takes what the hub has sent; it waits in pending() until somebody writes it.
  void take_mail();
  // Messages for the client, whole and in order; whoever takes them writes them before anything that comes later.
  [[nodiscard]] std::string& pending() { return pending_; }
  // Mail would be dropped, or is needed to go on: there is no reason to let it wait for the client.
  [[nodiscard]] bool mail_is_urgent() const { return route_.source() == Source::server; }

  // There may be mail, or something in pending().
  [[nodiscard]] bool active() const { return mailbox_ != nullptr || !pending_.empty(); }
  // The hub listens for the client, or is about to take over or to give back.
  [[nodiscard]] bool at_hub() const { return route_.source() == Source::hub || route_.crossing(); }
  [[nodiscard]] bool crossing() const { return route_.crossing(); }
  // On its way to or from the hub the server connection has delivered all that is its part.
  [[nodiscard]] bool server_is_done() const { return route_.has_passed_marker(Source::server); }
  [[nodiscard]] const std::vector<std::string>& channels() const { return channels_; }

  // Asks the hub to listen to these; none ends the subscription. Requires: !at_hub().
  void subscribe(const std::vector<std::string>& channels, const std::string& encoding);
  // The hub listens to all channels that it was asked for.
  [[nodiscard]] bool confirmed() const { return subscriber_ != 0 && confirmed_ == version_; }
  // The query with which the session's server connection hands over to the hub. Requires: confirmed(), !at_hub().
  [[nodiscard]] std::string hand_over();
  // The query with which it takes back what it is to listen to. Requires: at_hub(), !crossing().
  [[nodiscard]] std::string take_back();
  // With which it leaves the sync channel alone afterwards.
  [[nodiscard]] std::string leave_sync_channel() const;
  // The query failed, or the server connection did: the client hears what it heard before. If that has ended already, a
  // fault.
  void cancel_crossing();

  // Why the session has to end: notifications are lost, or may be.
  [[nodiscard]] const core::Rare<core::Error>& fault() const { return fault_; }
  // The client did not read. Looks at mail that nobody has taken yet.
  [[nodiscard]] bool overflowed() const { return mailbox_ && mailbox_->overflowed(); }

 private:
  using Source = NotificationRoute::Source;

  void end_subscription();
  void fail(core::Error error);
  [[nodiscard]] std::string cross(Source to, const std::vector<std::string>& channels);
  // `sender` is somebody else, who works on `server_process_id`.
  [[nodiscard]] std::int32_t shown_sender(std::int32_t sender, std::int32_t server_process_id) const;

  backend::NotificationHub& hub_;
  net::Executor executor_;
  std::shared_ptr<const backend::ServerTarget> target_;
  Events events_;
  NotificationRoute route_;
  net::Deadline deadline_;
  std::int32_t process_id_ = 0;
  // Of the subscription; 0: there is none.
  backend::NotificationHub::SubscriberId subscriber_ = 0;
  std::shared_ptr<backend::NotificationMailbox> mailbox_;
  std::string encoding_;
  std::vector<std::string> channels_;
  std::uint64_t version_ = 0;
  std::uint64_t confirmed_ = 0;
  std::string pending_;
  // Server processes that the client may have notified from.
  std::vector<std::int32_t> sent_from_;
  core::Rare<core::Error> fault_;
};

}  // namespace sqlproxy::frontend
