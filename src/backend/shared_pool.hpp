#pragma once

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "backend/connection_kind.hpp"
#include "backend/login_backoff.hpp"
#include "backend/pool_key.hpp"
#include "backend/pool_waiter.hpp"

namespace sqlproxy::backend {

// What the workers share of one pool: the places within its limit, the queue of those who wait for a connection, and
// the memory of failed log-ins. It decides, and touches no connection: what is to be done comes back as orders, which
// the caller carries out (ServerPool::carry_out()) after the call, without a lock.
//
// A place is held from the beginning of an opening until the connection is gone, whichever worker it is on. Whoever
// waits stays in the queue, first come, first served, until a connection of its kind is free; openings are begun for
// the kinds that are waited for, but what they bring goes to whoever is first then.
//
// Thread-safe. Where nobody waits, a connection is leased and released without the mutex: see count_idle().
class SharedPool {
 public:
  // A connection to be opened, in the worker of `pool`; its place is taken already.
  struct Opening {
    ServerPool* pool = nullptr;
    ConnectionKindPtr kind;
  };
  struct Orders {
    std::vector<Opening> openings;
    // Those are to show their idle connections to the queue.
    std::vector<ServerPool*> offers;
    // Those are to close an idle connection, if claim() says so, for somebody who waits for another kind.
    std::vector<ServerPool*> evictions;
    // Those have been taken out of the queue and get `failure`.
    std::vector<PoolWaiterPtr> refused;
    std::optional<LoginFailure> failure;
  };
  // What becomes of a connection that is free.
  struct Claim {
    enum class Outcome {
      unwanted,
      leased,    // it goes to `waiter`
      to_check,  // somebody waits for it, if it is alive; it is coming, as after expect()
      to_close,  // somebody waits for one of another kind: once it is closed, `heir` is opened in its place
    };
    Outcome outcome = Outcome::unwanted;
    PoolWaiterPtr waiter;
    Opening heir;
  };
  struct Counts {
    std::size_t taken = 0;    // places: connections that are open, being opened, or being closed
    std::size_t opening = 0;  // of these
    std::size_t idle = 0;     // of these
    std::size_t waiting = 0;
  };

  // `pools`: one of each worker; the order is what `worker` means below.
  SharedPool(PoolKey key, const std::vector<ServerPool*>& pools);
  SharedPool(const SharedPool&) = delete;
  SharedPool& operator=(const SharedPool&) = delete;
  ~SharedPool();

  [[nodiscard]] const PoolKey& key() const { return key_; }
  // The one object for this kind.
  [[nodiscard]] ConnectionKindPtr kind(const std::shared_ptr<const ServerTarget>& target,
                                       const StartupSettings& settings);

  // Whoever makes a connection idle counts it first and then looks whether anybody waits; join() adds to the queue
  // first and then looks for idle ones. So one of the two sees the other.
  [[nodiscard]] bool has_waiters() const { return waiting_.load(std::memory_order_seq_cst) != 0; }
  void count_idle(std::size_t worker, int change) {
    seats_[worker].idle.fetch_add(static_cast<std::size_t>(change), std::memory_order_seq_cst);
  }

  // Joins the queue: at its end, or at its head for one that was given something that turned out to be of no use.
  enum class End { back, front };
  static constexpr std::size_t kSameLimit = 0;
  [[nodiscard]] Orders join(const PoolWaiterPtr& waiter, std::size_t limit, End end = End::back);
  // Leaves the queue. One that is not in it any more has something on its way to it.
  void leave(PoolWaiter& waiter);

  // An order in `offers` is being carried out on that worker, and has been.
  void begin_offer(std::size_t worker);
  [[nodiscard]] Orders end_offer();
  // A connection of that kind is free. It goes to the first whom it can serve, which for one of another kind is by its
  // place; with Unfit::keep, only to one that it fits.
  enum class Life { certain, to_be_checked };
  enum class Unfit { keep, close };
  [[nodiscard]] Claim claim(const ConnectionKindPtr& kind, Life life, Unfit unfit);

  // A connection of that kind will be free shortly: who waits for one need not have another opened.
  void expect(const ConnectionKindPtr& kind);
  // It is free now, and claimed or idle; or it is not going to be.
  [[nodiscard]] Orders arrived(const ConnectionKindPtr& kind);

  // Takes a place for an opening that nobody in the queue waits for, if there is one to spare within `limit`. Ends as
  // any opening does.
  [[nodiscard]] bool reserve(const ConnectionKindPtr& kind, std::size_t limit);
  // An opening has ended; see LoginBackoff for `started`. With `failed` its place is free.
  [[nodiscard]] Orders opened(const ConnectionKindPtr& kind);
  [[nodiscard]] Orders opening_failed(const ConnectionKindPtr& kind, const LoginFailure& failure,
                                      core::TimePoint started);
  // An opening was not begun.
  [[nodiscard]] Orders opening_dropped(const ConnectionKindPtr& kind);
  // A connection is gone. `shrunk`: what may_shrink() said of it.
  [[nodiscard]] Orders give_back(bool shrunk);
  // True when a connection is to be closed because the limit was lowered.
  [[nodiscard]] bool must_shrink() { return over_limit() && may_shrink(limit_); }
  // True when a connection may be closed for which there is no need, with at least `least` left.
  [[nodiscard]] bool may_shrink(std::size_t least);
  // Openings of that kind in the worker of `pool` up to `least` places within `limit`.
  [[nodiscard]] Orders fill(ServerPool& pool, const ConnectionKindPtr& kind, std::size_t least, std::size_t limit);
  // Time has passed: a pause between attempts to log in may be over.
  [[nodiscard]] Orders tick();

  // A circuit breaker has let somebody through to try the server, now.
  void end_pause();
  // There is nothing but attempts to log in.
  [[nodiscard]] bool only_opening() const;

  // The last failure to log in to that server, if there was no success since.
  [[nodiscard]] std::optional<LoginFailure> remembered_failure(const ServerTarget& target) const;
  [[nodiscard]] Counts counts() const;

 private:
  // On a line of its own: its worker writes it for every lease.
  struct alignas(64) Seat {
    ServerPool* pool = nullptr;
    std::atomic<std::size_t> idle{0};
    bool asked = false;  // under the mutex
  };
  using Kinds = std::vector<const ConnectionKind*>;

  [[nodiscard]] bool over_limit() const {
    return taken_.load(std::memory_order_relaxed) > limit_.load(std::memory_order_relaxed);
  }
  void plan(Orders& orders);
  void refuse_all(Orders& orders);
  void remove(PoolWaiter& waiter);
  void open_for(const ConnectionKindPtr& kind, ServerPool& pool, Orders& orders);
  void end_coming(const ConnectionKindPtr& kind);
  [[nodiscard]] bool may_open() const;
  [[nodiscard]] bool nothing_lives() const { return taken_ == openings_; }
  // Takes `kind` out of what is coming for the others, if it is there.
  [[nodiscard]] static bool cover(Kinds& coming, const ConnectionKind* kind);

  const PoolKey key_;
  const std::unique_ptr<Seat[]> seats_;
  const std::size_t seat_count_;
  std::atomic<std::size_t> waiting_{0};
  // Written under the mutex.
  std::atomic<std::size_t> taken_{0};
  std::atomic<std::size_t> limit_{0};

  mutable std::mutex mutex_;
  std::list<PoolWaiterPtr> queue_;
  // Of the connections that will be free shortly. At most one for each place; kept alive by whoever brings them.
  Kinds coming_;
  std::size_t openings_ = 0;
  std::size_t shrinking_ = 0;
  // Seats that have been asked and have not answered.
  std::size_t asked_ = 0;
  LoginBackoff backoff_;
  std::vector<std::weak_ptr<const ConnectionKind>> kinds_;
};
using SharedPoolPtr = std::shared_ptr<SharedPool>;

}  // namespace sqlproxy::backend
