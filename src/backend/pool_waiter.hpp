#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>

#include "backend/connection_kind.hpp"
#include "backend/server_login.hpp"
#include "net/signal.hpp"

namespace sqlproxy::backend {

class ServerConnection;
class ServerPool;

// Somebody in the queue of a pool: a lease() that waits. What it waits for is brought to it on its own worker's thread,
// which alone touches it but for what is the queue's.
struct PoolWaiter {
  PoolWaiter(net::Executor executor, ServerPool& waiting_pool, ConnectionKindPtr wanted, std::uint64_t asking_client)
      : pool(waiting_pool), kind(std::move(wanted)), client(asking_client), changed(executor) {}

  ServerPool& pool;
  const ConnectionKindPtr kind;
  const std::uint64_t client;

  net::Signal changed;
  // At most one of the two is set, once.
  std::shared_ptr<ServerConnection> connection;
  std::optional<LoginFailure> failure;
  // It does not wait any more: what is brought to it has to be passed on.
  bool gone = false;
  // Its index among those who wait on this worker.
  std::size_t index = 0;

  // The queue's, under its mutex.
  std::list<std::shared_ptr<PoolWaiter>>::iterator place;
  bool queued = false;
};
using PoolWaiterPtr = std::shared_ptr<PoolWaiter>;

}  // namespace sqlproxy::backend
