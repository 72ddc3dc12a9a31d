#include "backend/verifier_source.hpp"

#include <utility>

namespace sqlproxy::backend {
namespace {

// After so long without a question the thread ends, and the lookup's connection with it.
constexpr std::chrono::seconds kIdle{60};

core::Error refused(std::string message) {
  return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kCannotConnectNow, std::move(message));
}

}  // namespace

VerifierSource::VerifierSource(std::unique_ptr<VerifierLookup> lookup, std::chrono::milliseconds lifetime)
    : lookup_(std::move(lookup)), cache_(lifetime) {}

VerifierSource::~VerifierSource() {
  stop();
}

std::optional<RoleVerifierPtr> VerifierSource::remembered(const std::string& user) const {
  const std::scoped_lock lock(mutex_);
  return cache_.find(user, core::SteadyClock::now());
}

void VerifierSource::forget(const std::string& user) {
  const std::scoped_lock lock(mutex_);
  cache_.forget(user);
}

void VerifierSource::look_up(const std::string& user, Done done) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = pending_.find(user);
    if (found != pending_.end()) {
      found->second.push_back(std::move(done));
      return;
    }
    if (!stopped_ && pending_.size() < kMaxPending) {
      pending_[user].push_back(std::move(done));
      queue_.push_back(user);
      if (!running_) start_thread();
      wake_.notify_one();
      return;
    }
  }
  done(refused("too many lookups of passwords, or none any more"));
}

void VerifierSource::start_thread() {
  // The last one has left its loop and needs the mutex no more.
  if (thread_.joinable()) thread_.join();
  running_ = true;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void VerifierSource::run(const std::stop_token& stop) {
  for (;;) {
    std::string user;
    {
      std::unique_lock lock(mutex_);
      const bool work = wake_.wait_for(lock, stop, kIdle, [this] { return !queue_.empty(); });
      if (!work || stop.stop_requested()) {
        running_ = false;
        break;
      }
      user = std::move(queue_.front());
      queue_.pop_front();
    }
    finish(user, lookup_->look_up(user, stop));
  }
  lookup_->rest();
}

void VerifierSource::finish(const std::string& user, const core::Result<VerifierAnswer>& answer) {
  std::vector<Done> waiting;
  {
    const std::scoped_lock lock(mutex_);
    if (answer) {
      cache_.keep(user, *answer, core::SteadyClock::now());
      waiting = std::move(pending_.extract(user).mapped());
    } else {
      // A server that cannot be asked now need not be asked, with a time-out each, for all the others.
      waiting = take_all_pending();
    }
  }
  const Result result = answer ? Result(answer->verifier) : Result(answer.error());
  for (const Done& done : waiting) done(result);
}

std::vector<VerifierSource::Done> VerifierSource::take_all_pending() {
  std::vector<Done> all;
  for (auto& [user, waiting] : pending_) {
    for (Done& done : waiting) all.push_back(std::move(done));
  }
  pending_.clear();
  queue_.clear();
  return all;
}

void VerifierSource::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  std::vector<Done> waiting;
  {
    const std::scoped_lock lock(mutex_);
    waiting = take_all_pending();
  }
  for (const Done& done : waiting) done(Result(refused("the proxy stops")));
}

}  // namespace sqlproxy::backend
