#include "backend/notification_hub.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/support/backend/fake_server.hpp"

namespace sqlproxy::backend {
namespace {

using test::FakeServer;

// A session's end of a subscription, with an event loop of its own.
struct Inbox {
  Inbox() = default;
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  ~Inbox() { mailbox->close(); }

  asio::io_context io{1};
  std::shared_ptr<NotificationMailbox> mailbox = std::make_shared<NotificationMailbox>(io.get_executor(), [] {});

  // Runs until the mail says it, or for ten seconds.
  bool wait_until(const std::function<bool(const NotificationMailbox::Mail&)>& said) {
    const auto until = core::SteadyClock::now() + std::chrono::seconds(10);
    while (core::SteadyClock::now() < until) {
      if (said(mailbox->take())) return true;
      io.restart();
      asio::executor_work_guard<net::Executor> work(io.get_executor());
      io.run_one_for(std::chrono::milliseconds(50));
    }
    return false;
  }
  bool wait_confirmed(std::uint64_t version) {
    return wait_until([=](const auto& mail) { return mail.confirmed == version; });
  }
  bool wait_lost() {
    return wait_until([](const auto& mail) { return mail.lost; });
  }
};

class NotificationHubTest : public ::testing::Test {
 protected:
  std::shared_ptr<const ServerTarget> target(const std::string& dbname = "db") {
    auto target = std::make_shared<ServerTarget>();
    target->host = "127.0.0.1";
    target->port = server_.port();
    target->dbname = dbname;
    target->user = "service";
    target->tls = ServerTls::disable;
    return target;
  }
  bool was_asked(const std::string& text) const {
    return std::ranges::any_of(server_.queries(),
                               [&](const std::string& query) { return query.find(text) != std::string::npos; });
  }

  FakeServer server_;
  NotificationHub hub_;
  Inbox inbox_;
  Inbox other_;
};

TEST_F(NotificationHubTest, NothingIsOpenedBeforeSomebodySubscribes) {
  EXPECT_EQ(server_.accepted(), 0);
  hub_.stop();
}

TEST_F(NotificationHubTest, ASubscriptionIsConfirmedWhenTheServerListens) {
  server_.hold_answers(true);
  const auto id = hub_.subscribe(target(), "UTF8", inbox_.mailbox);
  hub_.listen(id, {"a", "b"}, 1);
  EXPECT_EQ(inbox_.mailbox->take().confirmed, 0U);
  server_.hold_answers(false);
  EXPECT_TRUE(inbox_.wait_confirmed(1));
  EXPECT_TRUE(was_asked("LISTEN \"" + hub_.sync_channel() + "\""));
  EXPECT_TRUE(was_asked("LISTEN \"a\";LISTEN \"b\";"));
  hub_.listen(id, {"b"}, 2);
  EXPECT_TRUE(inbox_.wait_confirmed(2));
}

TEST_F(NotificationHubTest, SubscribersShareAConnectionForEachTargetAndEncoding) {
  const auto first = hub_.subscribe(target(), "UTF8", inbox_.mailbox);
  hub_.listen(first, {"a"}, 1);
  const auto second = hub_.subscribe(target(), "UTF8", other_.mailbox);
  hub_.listen(second, {"a"}, 1);
  EXPECT_NE(first, second);
  EXPECT_TRUE(inbox_.wait_confirmed(1));
  EXPECT_TRUE(other_.wait_confirmed(1));
  EXPECT_EQ(server_.accepted(), 1);
  const auto third = hub_.subscribe(target(), "LATIN1", inbox_.mailbox);
  hub_.listen(third, {"a"}, 2);
  EXPECT_TRUE(inbox_.wait_confirmed(2));
  EXPECT_EQ(server_.accepted(), 2);
  const auto fourth = hub_.subscribe(target("another"), "UTF8", other_.mailbox);
  hub_.listen(fourth, {"a"}, 2);
  EXPECT_TRUE(other_.wait_confirmed(2));
  EXPECT_EQ(server_.accepted(), 3);
}

TEST_F(NotificationHubTest, ALostConnectionEndsWhatItHadConfirmed) {
  const auto id = hub_.subscribe(target(), "UTF8", inbox_.mailbox);
  hub_.listen(id, {"a"}, 1);
  ASSERT_TRUE(inbox_.wait_confirmed(1));
  server_.break_connections();
  EXPECT_TRUE(inbox_.wait_lost());
  // Of no effect any more.
  hub_.listen(id, {"b"}, 2);
  hub_.unsubscribe(id);
  const auto again = hub_.subscribe(target(), "UTF8", other_.mailbox);
  hub_.listen(again, {"c"}, 1);
  EXPECT_TRUE(other_.wait_confirmed(1));
  EXPECT_FALSE(was_asked("LISTEN \"b\""));
}

TEST_F(NotificationHubTest, WhatIsNotConfirmedWaitsForAServerThatLetsItIn) {
  server_.refuse_with(core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kTooManyConnections,
                                       "sorry, too many clients already"));
  const auto id = hub_.subscribe(target(), "UTF8", inbox_.mailbox);
  hub_.listen(id, {"a"}, 1);
  bool lost = false;
  EXPECT_TRUE(inbox_.wait_until([&](const auto& mail) {
    lost = lost || mail.lost;
    return server_.accepted() > 1;
  }));
  EXPECT_FALSE(lost);
  server_.refuse_with(std::nullopt);
  EXPECT_TRUE(inbox_.wait_confirmed(1));
}

TEST_F(NotificationHubTest, ItStopsWithSubscribers) {
  const auto id = hub_.subscribe(target(), "UTF8", inbox_.mailbox);
  hub_.listen(id, {"a"}, 1);
  ASSERT_TRUE(inbox_.wait_confirmed(1));
  hub_.stop();
  // Of no effect, and no harm.
  hub_.unsubscribe(id);
  (void)hub_.subscribe(target(), "UTF8", other_.mailbox);
}

}  // namespace
}  // namespace sqlproxy::backend
