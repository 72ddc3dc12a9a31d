#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "backend/role_verifier.hpp"
#include "backend/verifier_cache.hpp"
#include "core/result.hpp"

namespace sqlproxy::backend {

// Where verifiers come from. Used by one thread at a time, which it may block.
class VerifierLookup {
 public:
  virtual ~VerifierLookup() = default;

  // Ends within seconds, and soon after a stop is requested. An error says nothing about the user.
  [[nodiscard]] virtual core::Result<VerifierAnswer> look_up(const std::string& user, const std::stop_token& stop) = 0;
  // Nothing has been asked for a while: gives up what is kept open.
  virtual void rest() = 0;
};

// The verifiers of one server's roles: remembered for a while, else looked up on a thread that runs only while there is
// something to do. All who wait for the same name share one lookup. Thread-safe; the callbacks must not call back into
// it.
class VerifierSource {
 public:
  // Null: nobody can log in by that name. An error: it could not be found out.
  using Result = core::Result<RoleVerifierPtr>;
  using Done = std::function<void(const Result&)>;

  // Names that wait at once; more are refused.
  static constexpr std::size_t kMaxPending = 10000;

  VerifierSource(std::unique_ptr<VerifierLookup> lookup, std::chrono::milliseconds lifetime);
  VerifierSource(const VerifierSource&) = delete;
  VerifierSource& operator=(const VerifierSource&) = delete;
  ~VerifierSource();  // stop()

  // What is remembered; none: look it up.
  [[nodiscard]] std::optional<RoleVerifierPtr> remembered(const std::string& user) const;
  // Asks the server; `done` is called once, on the lookup's thread or, when the question is refused, on the caller's.
  void look_up(const std::string& user, Done done);
  // What is remembered of the user has turned out not to hold, or may have: the next login asks the server.
  void forget(const std::string& user);
  // Ends the thread; whoever waits is told that it could not be found out.
  void stop();

 private:
  // Requires: mutex_ is held.
  void start_thread();
  void run(const std::stop_token& stop);
  void finish(const std::string& user, const core::Result<VerifierAnswer>& answer);
  [[nodiscard]] std::vector<Done> take_all_pending();

  std::unique_ptr<VerifierLookup> lookup_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  VerifierCache cache_;
  std::deque<std::string> queue_;
  std::unordered_map<std::string, std::vector<Done>> pending_;  // queued, or being looked up
  bool running_ = false;
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace sqlproxy::backend
