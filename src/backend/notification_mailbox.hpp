#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "backend/notification.hpp"
#include "net/asio.hpp"

namespace sqlproxy::backend {

// The way from the thread of the NotificationHub to one session on its worker: notifications in the order of their
// commits, and news of the subscription. Bounded: one that is full takes nothing more and says so.
//
// Thread-safe, apart from close(). Shared by the session and the hub.
class NotificationMailbox : public std::enable_shared_from_this<NotificationMailbox> {
 public:
  // Bytes of mail that wait for one session. PostgreSQL's own queue holds 8 GiB, for all sessions of a server together.
  static constexpr std::size_t kMaxBytes = std::size_t{8} << 20;

  // `on_mail` is called by `executor` some time after mail has come.
  NotificationMailbox(net::Executor executor, std::function<void()> on_mail)
      : executor_(executor), on_mail_(std::move(on_mail)) {}

  struct Mail {
    // In order of commit.
    std::vector<NotificationPtr> notifications;
    // The newest version of the subscription that the server listens for.
    std::uint64_t confirmed = 0;
    // Behind `notifications`: the listener connection is gone, and the subscription with it.
    bool lost = false;
    // Notifications had no more room. There will be none.
    bool overflowed = false;
  };

  // Takes everything that is there.
  [[nodiscard]] Mail take();
  // What take() would say.
  [[nodiscard]] bool overflowed() const;
  // `on_mail` is not called any more, nor is the executor used. On the session's worker.
  void close();

  void put(NotificationPtr notification);
  void confirm(std::uint64_t version);
  // A subscription is lost once; the next one starts anew.
  void lose();

 private:
  // Requires: the lock is held.
  void wake();

  const net::Executor executor_;
  // Of the session's worker alone.
  const std::function<void()> on_mail_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  Mail mail_;
  std::size_t bytes_ = 0;
  bool woken_ = false;
};

}  // namespace sqlproxy::backend
