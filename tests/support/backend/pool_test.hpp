#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "tests/support/backend/fake_server.hpp"
#include "tests/support/backend/pool_worker.hpp"

namespace sqlproxy::test {

// Two workers and a server.
class PoolTest : public ::testing::Test {
 protected:
  using Condition = backend::ServerPool::Condition;
  using ConnectionPtr = backend::ServerPool::ConnectionPtr;
  using Lease = std::future<backend::ServerPool::LeaseResult>;

  PoolTest() {
    a.start();
    b.start();
  }

  // Two kinds that differ are not interchangeable.
  [[nodiscard]] backend::LeaseRequest request(std::size_t pool_size, const std::string& kind = "x") const {
    backend::LeaseRequest request;
    request.key = {"acme", "app", "app", "service"};
    request.target = target();
    request.settings.options = kind;
    request.pool_size = pool_size;
    request.wait_timeout = std::chrono::seconds(10);
    return request;
  }
  [[nodiscard]] std::shared_ptr<const backend::ServerTarget> target() const {
    auto target = std::make_shared<backend::ServerTarget>();
    target->host = "127.0.0.1";
    target->port = server.port();
    target->dbname = "app";
    target->user = "service";
    target->tls = backend::ServerTls::disable;
    return target;
  }

  [[nodiscard]] static bool waits(Lease& lease) {
    return lease.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
  }
  // The connection that a lease ends with; null when it fails.
  [[nodiscard]] static ConnectionPtr granted(Lease lease) {
    auto result = lease.get();
    const auto* failure = std::get_if<backend::LoginFailure>(&result);
    EXPECT_EQ(failure, nullptr) << failure->error.message;
    return failure != nullptr ? nullptr : std::get<ConnectionPtr>(std::move(result));
  }
  [[nodiscard]] static std::string refused(Lease lease) {
    const auto result = lease.get();
    const auto* failure = std::get_if<backend::LoginFailure>(&result);
    EXPECT_NE(failure, nullptr);
    return failure != nullptr ? std::string(failure->error.sqlstate.text()) : "";
  }
  [[nodiscard]] static std::int32_t pid(const ConnectionPtr& connection) {
    return connection ? connection->greeting().process_id : 0;
  }

  [[nodiscard]] backend::SharedPool::Counts counts() const {
    const auto all = limits.counts();
    return all.empty() ? backend::SharedPool::Counts{} : all.front().second;
  }
  [[nodiscard]] static bool eventually(const std::function<bool()>& condition,
                                       std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  FakeServer server;
  backend::PoolLimits limits;
  PoolWorker a{limits};
  PoolWorker b{limits};
};

}  // namespace sqlproxy::test
