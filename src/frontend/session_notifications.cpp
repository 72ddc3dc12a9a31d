#include "frontend/session_notifications.hpp"

#include <algorithm>
#include <utility>

#include "backend/listen_commands.hpp"
#include "core/random.hpp"

namespace sqlproxy::frontend {
namespace {

// A marker passes the server and two connections; one that does not come for this long is not going to.
constexpr std::chrono::milliseconds kCrossingTimeout{20000};
// Bytes of messages that were taken from the mailbox and are not written yet.
constexpr std::size_t kMaxWaiting = 2 * backend::NotificationMailbox::kMaxBytes;
// The sender of a notification that has a process id which the client takes for its own.
constexpr std::int32_t kSomebodyElse = 0;

std::string make_marker(backend::NotificationHub::SubscriberId subscriber) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string marker = std::to_string(subscriber) + ':';
  for (const char raw : core::random_string(16)) {
    marker.push_back(kHex[static_cast<unsigned char>(raw) >> 4]);
    marker.push_back(kHex[static_cast<unsigned char>(raw) & 0x0F]);
  }
  return marker;
}

core::Error listener_lost() {
  return core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure,
                          "server connection that listens for notifications was lost",
                          "Notifications may have been lost.", "Connect again, and look for what was missed.");
}

core::Error too_slow() {
  return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                          "terminating connection because too many notifications wait for the client",
                          "Notifications are lost.", "Read notifications as they come.");
}

}  // namespace

SessionNotifications::SessionNotifications(backend::NotificationHub& hub, net::Executor executor,
                                           net::DeadlineQueue& deadlines,
                                           std::shared_ptr<const backend::ServerTarget> target, Events events)
    : hub_(hub),
      executor_(executor),
      target_(std::move(target)),
      events_(std::move(events)),
      route_(hub.sync_channel()),
      deadline_(deadlines, [this] { fail(listener_lost()); }) {}

SessionNotifications::~SessionNotifications() {
  for (const std::int32_t process : sent_from_) hub_.senders().forget(*target_, process, process_id_);
  end_subscription();
}

void SessionNotifications::end_subscription() {
  if (subscriber_ == 0) return;
  hub_.unsubscribe(std::exchange(subscriber_, 0));
  mailbox_->close();
  mailbox_.reset();
  channels_.clear();
  confirmed_ = 0;
}

void SessionNotifications::fail(core::Error error) {
  if (fault_) return;
  fault_ = std::move(error);
  events_.on_fault();
}

std::int32_t SessionNotifications::shown_sender(std::int32_t sender, std::int32_t server_process_id) const {
  if (sender != process_id_) return sender;
  // Clients tell by that number what they have sent themselves.
  return server_process_id != process_id_ ? server_process_id : kSomebodyElse;
}

void SessionNotifications::note_sending(std::int32_t server_process_id) {
  hub_.senders().set(*target_, server_process_id, process_id_);
  if (std::ranges::find(sent_from_, server_process_id) == sent_from_.end()) sent_from_.push_back(server_process_id);
}

bool SessionNotifications::take_from_server(std::string_view body, std::int32_t server_process_id, std::string& out) {
  const auto message = wire::NotificationResponse::decode(body);
  if (!message) return false;
  // Of the hub's, and older.
  out += std::exchange(pending_, {});
  const std::int32_t process = message->process_id;
  const bool own = process == server_process_id;
  route_.take(Source::server, *message,
              own ? process_id_ : shown_sender(hub_.senders().find(*target_, process), process), out);
  if (!route_.crossing()) deadline_.disarm();
  if (route_.held_bytes() > kMaxWaiting) fail(too_slow());
  return true;
}

void SessionNotifications::take_mail() {
  if (!mailbox_) return;
  backend::NotificationMailbox::Mail mail = mailbox_->take();
  confirmed_ = mail.confirmed;
  for (const backend::NotificationPtr& notification : mail.notifications) {
    const wire::NotificationResponse message{notification->process_id, notification->channel, notification->payload};
    // None that comes from there is the session's own: those come from its own connection.
    route_.take(Source::hub, message, shown_sender(notification->sender, message.process_id), pending_);
  }
  if (!route_.crossing()) deadline_.disarm();
  if (mail.overflowed) return fail(too_slow());
  if (pending_.size() + route_.held_bytes() > kMaxWaiting) return fail(too_slow());
  if (!mail.lost) return;
  // While the session's own connection listens nothing is missed.
  if (at_hub()) return fail(listener_lost());
  end_subscription();
}

void SessionNotifications::subscribe(const std::vector<std::string>& channels, const std::string& encoding) {
  if (channels.empty() || encoding != encoding_) end_subscription();
  if (channels.empty() || (subscriber_ != 0 && channels == channels_)) return;
  if (subscriber_ == 0) {
    mailbox_ = std::make_shared<backend::NotificationMailbox>(executor_, [this] { events_.on_mail(); });
    subscriber_ = hub_.subscribe(target_, encoding, mailbox_);
    encoding_ = encoding;
  }
  channels_ = channels;
  hub_.listen(subscriber_, channels_, ++version_);
}

std::string SessionNotifications::cross(Source to, const std::vector<std::string>& channels) {
  std::string marker = make_marker(subscriber_);
  std::string query = backend::marker_query(channels, hub_.sync_channel(), marker);
  route_.cross(to, std::move(marker));
  deadline_.arm(kCrossingTimeout);
  return query;
}

std::string SessionNotifications::hand_over() {
  return cross(Source::hub, {});
}

std::string SessionNotifications::take_back() {
  return cross(Source::server, channels_);
}

std::string SessionNotifications::leave_sync_channel() const {
  std::string query;
  backend::append_unlisten(query, hub_.sync_channel());
  return query;
}

void SessionNotifications::cancel_crossing() {
  deadline_.disarm();
  if (!route_.crossing() || !route_.cancel()) fail(listener_lost());
}

}  // namespace sqlproxy::frontend
