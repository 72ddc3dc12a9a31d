#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "backend/notification_listener.hpp"
#include "backend/notification_mailbox.hpp"
#include "backend/sender_names.hpp"
#include "backend/server_target.hpp"
#include "net/asio.hpp"
#include "net/deadline.hpp"
#include "net/task_group.hpp"

namespace sqlproxy::backend {

// Listens for the sessions of all workers, so that one that only waits for notifications needs no server connection of
// its own. One listener connection for each target and client_encoding in use, beside the pools' connections; a thread
// of its own for all of them.
//
// One per process; thread-safe. Outlives the sessions; stopped before the workers' event loops are destroyed, to which
// mailboxes post.
class NotificationHub {
 public:
  using SubscriberId = NotificationListener::SubscriberId;

  NotificationHub();
  NotificationHub(const NotificationHub&) = delete;
  NotificationHub& operator=(const NotificationHub&) = delete;
  ~NotificationHub();  // stop()

  // The channel of the markers by which a session hands over from its own connection to the hub and back. Random for
  // each process; what is notified there reaches no client.
  [[nodiscard]] const std::string& sync_channel() const { return sync_channel_; }

  [[nodiscard]] SenderNames& senders() { return senders_; }

  // Never 0, never the same twice. Listens on nothing yet but the sync channel: markers that begin with the id and ':'.
  [[nodiscard]] SubscriberId subscribe(std::shared_ptr<const ServerTarget> target, std::string encoding,
                                       std::shared_ptr<NotificationMailbox> mailbox);
  // Replaces the channels. `version` rises with each call.
  void listen(SubscriberId id, std::vector<std::string> channels, std::uint64_t version);
  void unsubscribe(SubscriberId id);

  // Closes all listener connections and ends the thread.
  void stop();

 private:
  void start();
  void run();
  NotificationListener& listener_for(const std::shared_ptr<const ServerTarget>& target, const std::string& encoding);
  void spawn(NotificationListener& listener);
  void on_listener_end(NotificationListener& listener);
  [[nodiscard]] net::Task<void> shut_down();

  const std::string sync_channel_;
  SenderNames senders_;
  std::atomic<SubscriberId> last_id_{0};
  asio::io_context io_{1};
  asio::executor_work_guard<net::Executor> work_;
  // Of the hub's own thread.
  net::DeadlineQueue deadlines_;
  std::vector<std::unique_ptr<NotificationListener>> listeners_;
  std::unordered_map<SubscriberId, NotificationListener*> listener_of_;
  bool stopping_ = false;
  // Its destructor asserts that nobody runs any more.
  net::TaskGroup tasks_;

  std::mutex mutex_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace sqlproxy::backend
