#pragma once

#include <functional>
#include <future>
#include <thread>

#include "backend/server_pool.hpp"
#include "net/deadline.hpp"
#include "net/task_group.hpp"

namespace sqlproxy::test {

// A worker that has a pool and nothing else: one thread with its event loop. Members may be called on any other thread;
// they return when the worker has done what they say.
class PoolWorker {
 public:
  using LeaseResult = backend::ServerPool::LeaseResult;
  using ConnectionPtr = backend::ServerPool::ConnectionPtr;
  using Condition = backend::ServerPool::Condition;

  explicit PoolWorker(backend::PoolLimits& limits);
  PoolWorker(const PoolWorker&) = delete;
  PoolWorker& operator=(const PoolWorker&) = delete;
  // Stops the pool.
  ~PoolWorker();

  // The workers of one PoolLimits are all made before the first one starts.
  void start();
  void run(const std::function<void()>& task);
  // Not waited for.
  void spawn(std::function<net::Task<void>()> make);

  [[nodiscard]] ConnectionPtr try_lease(const backend::LeaseRequest& request);
  // Begins a lease() and returns when that waits, or has ended.
  [[nodiscard]] std::future<LeaseResult> lease(const backend::LeaseRequest& request,
                                               backend::LeaseAbort* abort = nullptr);
  void release(const ConnectionPtr& connection, Condition condition = Condition::shared);
  // Asked on the worker's thread, which is the one that closes its connections.
  [[nodiscard]] bool is_closed(const ConnectionPtr& connection);
  [[nodiscard]] std::size_t idle();
  void stop();

  // On the worker's thread only.
  [[nodiscard]] backend::ServerPool& pool() { return pool_; }
  [[nodiscard]] net::Executor executor() { return io_.get_executor(); }

 private:
  [[nodiscard]] net::Task<void> lease_into(backend::LeaseRequest request, backend::LeaseAbort* abort,
                                           std::shared_ptr<std::promise<LeaseResult>> result);
  [[nodiscard]] net::Task<void> shut_down();

  asio::io_context io_{1};
  asio::executor_work_guard<net::Executor> work_;
  net::DeadlineQueue deadlines_;
  backend::ServerPool pool_;
  net::TaskGroup tasks_;
  std::thread thread_;
};

}  // namespace sqlproxy::test
