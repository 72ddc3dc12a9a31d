#include "tests/support/backend/pool_worker.hpp"

namespace sqlproxy::test {

PoolWorker::PoolWorker(backend::PoolLimits& limits)
    : work_(asio::make_work_guard(io_)),
      deadlines_(io_.get_executor()),
      pool_(io_.get_executor(), deadlines_, limits),
      tasks_(io_.get_executor(), "test") {}

PoolWorker::~PoolWorker() {
  stop();
}

void PoolWorker::start() {
  thread_ = std::thread([this] { io_.run(); });
}

void PoolWorker::stop() {
  if (!thread_.joinable()) return;
  run([this] { tasks_.spawn(shut_down()); });
  thread_.join();
}

net::Task<void> PoolWorker::shut_down() {
  co_await pool_.stop();
  work_.reset();
}

void PoolWorker::run(const std::function<void()>& task) {
  std::promise<void> done;
  asio::post(io_, [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void PoolWorker::spawn(std::function<net::Task<void>()> make) {
  run([&] { tasks_.spawn(make()); });
}

PoolWorker::ConnectionPtr PoolWorker::try_lease(const backend::LeaseRequest& request) {
  ConnectionPtr connection;
  run([&] { connection = pool_.try_lease(request); });
  return connection;
}

std::future<PoolWorker::LeaseResult> PoolWorker::lease(const backend::LeaseRequest& request,
                                                       backend::LeaseAbort* abort) {
  auto result = std::make_shared<std::promise<LeaseResult>>();
  auto future = result->get_future();
  run([&] { tasks_.spawn(lease_into(request, abort, result)); });
  // The coroutine has its first turn before what is posted behind it.
  run([] {});
  return future;
}

net::Task<void> PoolWorker::lease_into(backend::LeaseRequest request, backend::LeaseAbort* abort,
                                       std::shared_ptr<std::promise<LeaseResult>> result) {
  result->set_value(co_await pool_.lease(request, abort));
}

void PoolWorker::release(const ConnectionPtr& connection, Condition condition) {
  run([&] { pool_.release(*connection, condition); });
}

bool PoolWorker::is_closed(const ConnectionPtr& connection) {
  bool closed = false;
  run([&] { closed = connection->closed(); });
  return closed;
}

std::size_t PoolWorker::idle() {
  std::size_t idle = 0;
  run([&] { idle = pool_.idle_count(); });
  return idle;
}

}  // namespace sqlproxy::test
