// The tracker under any order of requests and replies, against the promises of its header.
#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
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
    require(abandoning || entry.request != Request::sync);
    seen(entry);
    end(entry);
  }
  void on_ready(const ReplyTracker::Entry& entry, TransactionStatus) override {
    require(ends_with_ready(entry.request));
    seen(entry);
    end(entry);
  }

  // The server is lost: Syncs are skipped as well.
  bool abandoning = false;

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
  require(tracker.empty() || tracker.head().treatment != Treatment::answer);
  require(tracker.copy_ins_expected() <= tracker.size());
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

bool is_one_of(Request request, std::initializer_list<Request> requests) {
  return std::ranges::find(requests, request) != requests.end();
}

// What the session sends with a treatment, and nothing else.
bool fits(Request request, Treatment treatment) {
  switch (treatment) {
    case Treatment::forward: return true;
    case Treatment::swallow: return request != Request::local && request != Request::copy_end;
    case Treatment::swallow_success:
      return is_one_of(request, {Request::parse, Request::bind, Request::execute, Request::close});
    case Treatment::replace_error: return is_one_of(request, {Request::parse, Request::query, Request::function_call});
    case Treatment::answer: return is_one_of(request, {Request::parse, Request::close});
  }
  return false;
}

// One session: `choice` says what it sends.
void send(ReplyTracker& tracker, Ledger& ledger, std::uint32_t& payload, unsigned choice) {
  constexpr std::array kTreatments{Treatment::forward,       Treatment::swallow, Treatment::swallow_success,
                                   Treatment::replace_error, Treatment::answer,  Treatment::forward};
  constexpr unsigned kCopies = 6;
  constexpr unsigned kFirstPart = 7;
  constexpr unsigned kAbandon = 12;
  auto request = static_cast<Request>(choice % 10);
  const unsigned kind = choice / 10;
  if (kind == kAbandon) {
    ledger.abandoning = true;
    tracker.abandon();
    ledger.abandoning = false;
    require(tracker.idle() && tracker.copy_ins_expected() == 0 && !tracker.in_copy_in());
    require(ledger.open_without_syncs() == 0);
    return;
  }
  if (kind == kFirstPart) request = Request::query;
  const bool counts = request != Request::local && request != Request::copy_end;
  if (counts) ledger.sent(++payload, request);
  if (kind == kFirstPart) {
    tracker.push_first_part(payload);
  } else if (kind == kCopies && is_one_of(request, {Request::query, Request::execute})) {
    tracker.push_copy_in(request, payload);
  } else {
    const Treatment treatment = kTreatments[kind % kTreatments.size()];
    tracker.push(request, fits(request, treatment) ? treatment : Treatment::forward, counts ? payload : 0, "text");
  }
}

// What the client must get of a message for that entry.
Verdict expected(const ReplyTracker::Entry& head, BackendType type, std::string_view body) {
  const bool error = type == BackendType::ErrorResponse;
  if (head.is_own()) {
    return error && head.treatment == Treatment::swallow_success ? Verdict::forward : Verdict::swallow;
  }
  if (head.treatment == Treatment::replace_error && error) {
    return body.starts_with("C25P02") ? Verdict::forward : Verdict::replace;
  }
  const bool more_follows = head.first_part && !head.failed && type == BackendType::ReadyForQuery;
  return more_follows ? Verdict::swallow : Verdict::forward;
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
      send(tracker, ledger, payload, step & 0x7FU);
    } else {
      const auto type = static_cast<BackendType>(kReplies[step % kReplies.size()]);
      std::string_view body = "x";
      if (type == BackendType::ReadyForQuery) body = kStatus[step / 32 % kStatus.size()];
      if (type == BackendType::ErrorResponse && step >= 64) body = std::string_view("C25P02\0\0", 8);
      const bool unasked = type == BackendType::NoticeResponse || type == BackendType::NotificationResponse ||
                           type == BackendType::ParameterStatus;
      const Verdict wanted = unasked || tracker.empty() ? Verdict::forward : expected(tracker.head(), type, body);
      const Verdict verdict = tracker.on_message(type, body);
      if (verdict == Verdict::violation) return 0;
      require(verdict == wanted);
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
