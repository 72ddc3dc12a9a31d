#include "backend/notification_mailbox.hpp"

#include <utility>

namespace sqlproxy::backend {
namespace {

// Of an entry besides its texts.
constexpr std::size_t kOverhead = 64;

}  // namespace

NotificationMailbox::Mail NotificationMailbox::take() {
  const std::scoped_lock lock(mutex_);
  Mail mail = std::move(mail_);
  mail_ = {};
  mail_.confirmed = mail.confirmed;
  mail_.overflowed = mail.overflowed;
  bytes_ = 0;
  return mail;
}

bool NotificationMailbox::overflowed() const {
  const std::scoped_lock lock(mutex_);
  return mail_.overflowed;
}

void NotificationMailbox::put(NotificationPtr notification) {
  const std::scoped_lock lock(mutex_);
  if (mail_.overflowed) return;
  const std::size_t size = notification->channel.size() + notification->payload.size() + kOverhead;
  if (bytes_ + size > kMaxBytes) {
    mail_.overflowed = true;
  } else {
    bytes_ += size;
    mail_.notifications.push_back(std::move(notification));
  }
  wake();
}

void NotificationMailbox::confirm(std::uint64_t version) {
  const std::scoped_lock lock(mutex_);
  mail_.confirmed = version;
  wake();
}

void NotificationMailbox::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

void NotificationMailbox::lose() {
  const std::scoped_lock lock(mutex_);
  mail_.lost = true;
  wake();
}

void NotificationMailbox::wake() {
  if (closed_ || std::exchange(woken_, true)) return;
  asio::post(executor_, [self = shared_from_this()] {
    {
      const std::scoped_lock lock(self->mutex_);
      self->woken_ = false;
      if (self->closed_) return;
    }
    // Only this thread closes it.
    self->on_mail_();
  });
}

}  // namespace sqlproxy::backend
