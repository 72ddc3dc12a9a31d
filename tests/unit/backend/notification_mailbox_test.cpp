#include "backend/notification_mailbox.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

NotificationPtr notification(std::string payload) {
  return std::make_shared<const Notification>(Notification{1, 1, "news", std::move(payload)});
}

class NotificationMailboxTest : public ::testing::Test {
 protected:
  asio::io_context io_{1};
  int woken_ = 0;
  std::shared_ptr<NotificationMailbox> mailbox_ =
      std::make_shared<NotificationMailbox>(io_.get_executor(), [this] { ++woken_; });
};

TEST_F(NotificationMailboxTest, MailIsTakenInOrderAndAnnouncedOnce) {
  mailbox_->put(notification("1"));
  mailbox_->put(notification("2"));
  mailbox_->confirm(3);
  io_.run();
  EXPECT_EQ(woken_, 1);
  const NotificationMailbox::Mail mail = mailbox_->take();
  ASSERT_EQ(mail.notifications.size(), 2U);
  EXPECT_EQ(mail.notifications[0]->payload, "1");
  EXPECT_EQ(mail.notifications[1]->payload, "2");
  EXPECT_EQ(mail.confirmed, 3U);
  EXPECT_FALSE(mail.lost);
  EXPECT_TRUE(mailbox_->take().notifications.empty());
  EXPECT_EQ(mailbox_->take().confirmed, 3U);
}

TEST_F(NotificationMailboxTest, MailThatComesLaterIsAnnouncedAgain) {
  mailbox_->put(notification("1"));
  io_.run();
  mailbox_->lose();
  io_.restart();
  io_.run();
  EXPECT_EQ(woken_, 2);
  EXPECT_TRUE(mailbox_->take().lost);
  EXPECT_FALSE(mailbox_->take().lost);
}

TEST_F(NotificationMailboxTest, AClosedMailboxCallsNobody) {
  mailbox_->put(notification("1"));
  mailbox_->close();
  io_.run();
  EXPECT_EQ(woken_, 0);
}

TEST_F(NotificationMailboxTest, AFullMailboxSaysSoAndTakesNothingMore) {
  const NotificationPtr large = notification(std::string(1 << 20, 'x'));
  for (int i = 0; i < 7; ++i) mailbox_->put(large);
  EXPECT_FALSE(mailbox_->overflowed());
  mailbox_->put(large);
  EXPECT_TRUE(mailbox_->overflowed());
  mailbox_->put(notification("small"));
  const NotificationMailbox::Mail mail = mailbox_->take();
  EXPECT_EQ(mail.notifications.size(), 7U);
  EXPECT_TRUE(mail.overflowed);
  // What was dropped is missed for good.
  mailbox_->put(notification("small"));
  EXPECT_TRUE(mailbox_->take().notifications.empty());
  EXPECT_TRUE(mailbox_->overflowed());
}

TEST_F(NotificationMailboxTest, WhatWasTakenMakesRoom) {
  const NotificationPtr large = notification(std::string(1 << 20, 'x'));
  for (int i = 0; i < 20; ++i) {
    mailbox_->put(large);
    EXPECT_EQ(mailbox_->take().notifications.size(), 1U);
  }
  EXPECT_FALSE(mailbox_->overflowed());
}

}  // namespace
}  // namespace sqlproxy::backend
