#include "frontend/worker.hpp"

#include <spdlog/spdlog.h>

#include "backend/cancel_sender.hpp"
#include "core/log.hpp"
#include "frontend/client_session.hpp"
#include "net/connect.hpp"

namespace sqlproxy::frontend {
namespace {

constexpr std::chrono::milliseconds kCancelTimeout{10000};

pipeline::TextLimits text_limits(const Snapshot& snapshot) {
  pipeline::TextLimits limits;
  limits.max_bytes = snapshot.config->server.max_query_size;
  return limits;
}

}  // namespace

Worker::Worker(std::size_t index, Services& services, SnapshotPtr snapshot)
    : index_(index),
      services_(services),
      snapshot_(std::move(snapshot)),
      work_(asio::make_work_guard(io_)),
      deadlines_(io_.get_executor()),
      pool_(io_.get_executor(), deadlines_, services.pool_limits),
      analyzer_(text_limits(*snapshot_), {}),
      audit_waits_(services.audit, io_.get_executor()),
      tasks_(io_.get_executor(), "client session") {
  pool_.set_client_processes(services.cancels);
  results_.use(snapshot_->classifier);
}

Worker::~Worker() = default;

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::run() {
  // An exception that gets here is a fault of ours in one event; the other sessions go on.
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& exception) {
      core::log().error("internal fault in worker {}: {}", index_, exception.what());
    }
  }
}

void Worker::post(std::function<void()> task) {
  asio::post(io_, std::move(task));
}

void Worker::adopt(int socket, int family) {
  load_.fetch_add(1, std::memory_order_relaxed);
  post([this, socket, family] {
    net::Stream::Socket accepted(io_.get_executor());
    std::error_code error;
    accepted.assign(asio::generic::stream_protocol(family, 0), socket, error);
    if (error || stopping_) {
      load_.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    net::set_socket_options(accepted);
    const SessionId id = services_.last_session.fetch_add(1, std::memory_order_relaxed) + 1;
    ClientSession& session =
        *(sessions_[id] = std::make_unique<ClientSession>(*this, id, net::Stream(std::move(accepted))));
    if (draining_) session.drain();
    tasks_.spawn(session.run(), [this, id] {
      sessions_.erase(id);
      load_.fetch_sub(1, std::memory_order_relaxed);
    });
  });
}

void Worker::use(SnapshotPtr snapshot) {
  post([this, snapshot = std::move(snapshot)]() mutable {
    snapshot_ = std::move(snapshot);
    analyzer_.set_limits(text_limits(*snapshot_));
    results_.use(snapshot_->classifier);
    pool_.close_idle();
  });
}

void Worker::drain() {
  post([this] {
    draining_ = true;
    for (auto& [id, session] : sessions_) session->drain();
  });
}

void Worker::stop() {
  post([this] {
    if (std::exchange(stopping_, true)) return;
    for (auto& [id, session] : sessions_) session->abort();
    tasks_.spawn(shut_down());
  });
}

net::Task<void> Worker::shut_down() {
  // This coroutine is the last of the group.
  while (tasks_.running() > 1) {
    net::Timer pause(io_.get_executor(), std::chrono::milliseconds(5));
    std::error_code ignored;
    co_await pause.async_wait(net::use_task(ignored));
  }
  co_await pool_.stop();
  work_.reset();
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::wake_session(SessionId id) {
  post([this, id] {
    const auto found = sessions_.find(id);
    if (found != sessions_.end()) found->second->on_analysis_done();
  });
}

void Worker::cancel_session(SessionId id, std::function<void()> done) {
  post([this, id, done = std::move(done)]() mutable {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return done();
    found->second->cancel_query(std::move(done));
  });
}

void Worker::process_lost(SessionId id, backend::ClientProcesses::Loss loss) {
  post([this, id, loss] {
    const auto found = sessions_.find(id);
    if (found != sessions_.end()) found->second->process_lost(loss);
  });
}

void Worker::cancel_on_server(std::shared_ptr<backend::ServerConnection> connection, std::function<void()> done) {
  pool_.cancel_started(*connection);
  tasks_.spawn(send_cancel(std::move(connection), std::move(done)));
}

net::Task<void> Worker::send_cancel(std::shared_ptr<backend::ServerConnection> connection, std::function<void()> done) {
  const backend::ServerGreeting& greeting = connection->greeting();
  const bool delivered = co_await backend::send_cancel(deadlines_, *connection->target(), greeting.process_id,
                                                       greeting.cancel_key, kCancelTimeout);
  pool_.cancel_finished(connection->id(), delivered);
  done();
}

}  // namespace sqlproxy::frontend
