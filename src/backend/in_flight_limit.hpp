#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/asio.hpp"
#include "net/signal.hpp"

namespace sqlproxy::backend {

// A bound on the queries that run at once on one database: permits that the sessions of all workers take and give back,
// and a queue, first come, first served, of those who wait for one.
//
// Thread-safe. While nobody waits, a permit is taken and given back without the mutex.
class InFlightLimit : public std::enable_shared_from_this<InFlightLimit> {
 public:
  // Somebody in the queue. Looked at in the thread of `executor` alone, but for what is the queue's. `changed` is not
  // touched any more once it is gone.
  struct Waiter {
    Waiter(net::Executor waits_in, net::Signal& waits_for) : executor(std::move(waits_in)), changed(waits_for) {}

    const net::Executor executor;
    net::Signal& changed;
    // It has a permit.
    bool granted = false;
    // It does not wait any more: a permit that is on its way to it goes to the next.
    bool gone = false;

    // The queue's, under its mutex.
    std::list<std::shared_ptr<Waiter>>::iterator place;
    bool queued = false;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;

  struct Counts {
    std::size_t limit = 0;
    std::size_t running = 0;
    std::size_t waiting = 0;
  };

  explicit InFlightLimit(std::size_t limit) : limit_(limit) {}

  // Those who run beyond a lowered limit are not disturbed. 0: no bound, permits are only counted.
  void set_limit(std::size_t limit);

  // Takes a permit if one is free and nobody waits for it.
  [[nodiscard]] bool try_take();
  void give_back();

  // Joins the queue; `granted` is set, and `changed` notified, when it is its turn.
  void join(const WaiterPtr& waiter);
  // Leaves it, in the waiter's thread. A permit that it has been granted is its own; one on its way is not.
  void leave(const WaiterPtr& waiter);

  [[nodiscard]] Counts counts() const;

 private:
  [[nodiscard]] bool take_below_limit();
  void grant();

  std::atomic<std::size_t> limit_;
  std::atomic<std::size_t> running_{0};
  // Written under the mutex.
  std::atomic<std::size_t> waiting_{0};
  mutable std::mutex mutex_;
  // At most one for each session.
  std::list<WaiterPtr> queue_;
};
using InFlightLimitPtr = std::shared_ptr<InFlightLimit>;

// The limits of the databases that have one, by the name that clients connect to. One per process; thread-safe.
class InFlightLimits {
 public:
  // `limit` holds from now on. Null where there is none, and never has been one.
  [[nodiscard]] InFlightLimitPtr of(const std::string& database, std::size_t limit);

  struct Entry {
    std::string database;
    InFlightLimit::Counts counts;
  };
  [[nodiscard]] std::vector<Entry> counts() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, InFlightLimitPtr> limits_;
};

}  // namespace sqlproxy::backend
