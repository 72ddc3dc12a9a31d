// The tracker under any order of requests and replies, against the promises of its header.
#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/reply_tracker.hpp"

namespace {

using sqlproxy::wire::BackendType;
using sqlproxy::wire::ReplyTracker;
using sqlproxy::wire::TransactionStatus;
using sqlproxy::wire::fuzz::require;
using Request = ReplyTracker::Request;
using Treatment = ReplyTracker::Treatment;
using Verdict = ReplyTracker::Verdict;

bool ends_with_ready(Request request) {
  return request == Request::query || request == Request::function_call || request == Request::sync;
}

// Holds that every entry ends exactly once, in the order of sending.
class Ledger final : public ReplyTracker::Observer {
 public:
  void sent(std::uint32_t payload, Request request) { open_[payload] = request; }

  void on_result(const ReplyTracker::Entry& entry, ReplyTracker::Result /*result*/, std::string_view) override {
    require(entry.request == Request::query || entry.request == Request::execute);
    seen(entry);
    if (entry.request == Request::execute) end(entry);
  }
  void on_success(const ReplyTracker::Entry& entry) override {
    seen(entry);
    if (!ends_with_ready(entry.request)) end(entry);
  }
  void on_failure(const ReplyTracker::Entry& entry, std::string_view) override {
    if (entry.request == Request::local) return;
    seen(entry);
    if (!ends_with_ready(entry.request)) end(entry);
  }
  void on_skip(const ReplyTracker::Entry& entry) override {
    if (entry.payload == 0) return;
    require(entry.request != Request::sync);
    seen(entry);
    end(entry);
  }
  void on_ready(const ReplyTracker::Entry& entry, TransactionStatus) override {
    require(ends_with_ready(entry.request));
    seen(entry);
    end(entry);
  }

  // Entries that have not ended; a Sync may have been swallowed by a COPY instead.
  [[nodiscard]] std::size_t open_without_syncs() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(open_, [](const auto& entry) { return entry.second != Request::sync; }));
  }

 private:
  void seen(const ReplyTracker::Entry& entry) {
    const auto found = open_.find(entry.payload);
    require(found != open_.end() && found->second == entry.request);
    require(entry.payload >= newest_);
  }
  void end(const ReplyTracker::Entry& entry) {
    open_.erase(entry.payload);
    newest_ = entry.payload;
  }

  std::map<std::uint32_t, Request> open_;
  std::uint32_t newest_ = 0;
};

void check(const ReplyTracker& tracker) {
  require(tracker.empty() || tracker.head().request != Request::local);
  require(tracker.empty() || tracker.head().request != Request::copy_end);
  require(!tracker.skipping() || tracker.empty());
  require(tracker.resolved_group() <= tracker.current_group());
  require(!tracker.in_copy_in() || !tracker.empty());
  require(!tracker.idle() || (tracker.empty() && !tracker.batch_open()));
}

// The reply that the head waits for.
Verdict answer_head(ReplyTracker& tracker) {
  const ReplyTracker::Entry& head = tracker.head();
  if (head.treatment == Treatment::replace_error && !head.failed) {
    return tracker.on_message(BackendType::ErrorResponse, std::string_view("\0", 1));
  }
  switch (head.request) {
    case Request::parse: return tracker.on_message(BackendType::ParseComplete, {});
    case Request::bind: return tracker.on_message(BackendType::BindComplete, {});
    case Request::describe: return tracker.on_message(BackendType::NoData, {});
    case Request::execute: return tracker.on_message(BackendType::CommandComplete, std::string_view("X\0", 2));
    case Request::close: return tracker.on_message(BackendType::CloseComplete, {});
    default: return tracker.on_message(BackendType::ReadyForQuery, "I");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kReplies = "12CCddcEEEGGHDIVntsAZZZTTSNRKWv?";
  constexpr std::array kStatus{"I", "T", "E", "?"};
  Ledger ledger;
  ReplyTracker tracker(ledger);
  std::uint32_t payload = 0;
  for (const std::uint8_t step : std::span(data, size)) {
    if ((step & 0x80) != 0) {
      const auto request = static_cast<Request>(step % 10);
      const auto treatment = static_cast<Treatment>(step / 10 % 3);
      const bool counts = request != Request::local && request != Request::copy_end;
      if (counts) ledger.sent(++payload, request);
      tracker.push(request, treatment, counts ? payload : 0, "text");
    } else {
      const auto type = static_cast<BackendType>(kReplies[step % kReplies.size()]);
      const std::string_view body = type == BackendType::ReadyForQuery ? kStatus[step / 32 % kStatus.size()] : "x";
      const bool swallowed = !tracker.empty() && tracker.head().treatment == Treatment::swallow;
      const bool poisoned = !tracker.empty() && tracker.head().treatment == Treatment::replace_error;
      const bool failed = !tracker.empty() && tracker.head().failed;
      const bool unasked = type == BackendType::NoticeResponse || type == BackendType::NotificationResponse ||
                           type == BackendType::ParameterStatus;
      const Verdict verdict = tracker.on_message(type, body);
      if (verdict == Verdict::violation) return 0;
      require(unasked || !swallowed || verdict == Verdict::swallow);
      require(!poisoned || unasked || verdict == Verdict::replace || (failed && type == BackendType::ReadyForQuery));
    }
    std::string out;
    tracker.take_local(out);
    check(tracker);
  }
  while (!tracker.empty()) {
    const Verdict verdict = answer_head(tracker);
    require(verdict != Verdict::violation);
    std::string out;
    tracker.take_local(out);
    check(tracker);
  }
  require(ledger.open_without_syncs() == 0);
  return 0;
}
