#include "wire/reply_tracker.hpp"

#include "core/sqlstate.hpp"
#include "wire/messages/error_response.hpp"

namespace sqlproxy::wire {
namespace {

using Request = ReplyTracker::Request;

// Messages of the extended query protocol: an error in one makes the server skip to the next Sync.
bool is_extended(Request request) {
  switch (request) {
    case Request::parse:
    case Request::bind:
    case Request::describe:
    case Request::execute:
    case Request::close: return true;
    default: return false;
  }
}

// Messages that the server answers with a ReadyForQuery in the end.
bool ends_group(Request request) {
  return request == Request::sync || request == Request::query || request == Request::function_call;
}

// What PostgreSQL says to a statement in a failed transaction, before it looks at what that is about.
bool is_of_failed_transaction(std::string_view error) {
  return ErrorResponse::decode_prefix(error).sqlstate() == core::sqlstate::kInFailedSqlTransaction;
}

}  // namespace

bool ReplyTracker::push(Request request, Treatment treatment, std::uint32_t payload, std::string text) {
  Entry entry;
  entry.request = request;
  entry.treatment = treatment;
  entry.payload = payload;
  entry.text = std::move(text);
  return push_entry(std::move(entry));
}

bool ReplyTracker::push_copy_in(Request request, std::uint32_t payload) {
  Entry entry;
  entry.request = request;
  entry.payload = payload;
  entry.copy_in_expected = true;
  if (copy_ins_expected_ == 0 && !copy_in_) copy_end_sent_ = false;
  return push_entry(std::move(entry));
}

bool ReplyTracker::push_first_part(std::uint32_t payload) {
  Entry entry;
  entry.request = Request::query;
  entry.payload = payload;
  entry.first_part = true;
  return push_entry(std::move(entry));
}

bool ReplyTracker::push_entry(Entry&& entry) {
  const Request request = entry.request;
  entry.group = group_;
  if (request == Request::sync) {
    skipping_ = false;
    batch_open_ = false;
  } else if (skipping_) {
    observer_.on_skip(entry);
    return false;
  }
  if (is_extended(request)) batch_open_ = true;
  if (request == Request::copy_end) {
    copy_end_sent_ = true;
    // Behind nothing that could be a COPY it is ignored by the server.
    if (entries_.empty()) return true;
  }
  copy_ins_expected_ += entry.copy_in_expected ? 1 : 0;
  entries_.push_back(std::move(entry));
  if (ends_group(request)) ++group_;
  return true;
}

ReplyTracker::Entry ReplyTracker::pop_head() {
  settle_copy_in(entries_.front());
  return entries_.pop_front();
}

void ReplyTracker::settle_copy_in(Entry& entry) {
  if (entry.copy_in_expected) --copy_ins_expected_;
  entry.copy_in_expected = false;
}

bool ReplyTracker::idle() const {
  return entries_.empty() && !batch_open_ && !skipping_ && status_ == TransactionStatus::idle;
}

bool ReplyTracker::owes_ready() const {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (ends_group(entries_[i].request)) return true;
  }
  return false;
}

bool ReplyTracker::head_group_is_own() const {
  for (std::size_t i = 0; i < entries_.size() && entries_[i].group == head().group; ++i) {
    if (!entries_[i].is_own()) return false;
  }
  return true;
}

ReplyTracker::Verdict ReplyTracker::on_message(BackendType type, std::string_view body) {
  switch (type) {
    // Asynchronous: answers to nothing (protocol.md, 10.1).
    case BackendType::NoticeResponse:
    case BackendType::ParameterStatus:
    case BackendType::NotificationResponse: return Verdict::forward;

    case BackendType::ErrorResponse: return on_error(body);
    case BackendType::ReadyForQuery: return on_ready(body);
    case BackendType::ParseComplete: return on_step_done(Request::parse);
    case BackendType::BindComplete: return on_step_done(Request::bind);
    case BackendType::CloseComplete: return on_step_done(Request::close);
    case BackendType::NoData: return on_step_done(Request::describe);
    case BackendType::ParameterDescription:
      return !entries_.empty() && head().request == Request::describe ? verdict_of_head() : Verdict::violation;
    case BackendType::RowDescription:
      if (!entries_.empty() && head().request == Request::query) return verdict_of_head();
      return on_step_done(Request::describe);
    case BackendType::DataRow:
    case BackendType::CopyData:
    case BackendType::CopyDone:
    case BackendType::CopyOutResponse: return within_rows();
    case BackendType::CopyInResponse: return on_copy_in();
    case BackendType::CommandComplete: return on_statement_end(Result::command_complete, body);
    case BackendType::EmptyQueryResponse: return on_statement_end(Result::empty_query, body);
    case BackendType::PortalSuspended: return on_statement_end(Result::portal_suspended, body);
    case BackendType::FunctionCallResponse:
      if (entries_.empty() || head().request != Request::function_call) return Verdict::violation;
      if (verdict_of_head() == Verdict::violation) return Verdict::violation;
      observer_.on_success(head());
      return verdict_of_head();
    default: return Verdict::violation;
  }
}

ReplyTracker::Verdict ReplyTracker::verdict_of_head() const {
  switch (head().treatment) {
    case Treatment::forward: return Verdict::forward;
    case Treatment::swallow:
    case Treatment::swallow_success: return Verdict::swallow;
    // It was sent in order to fail. That it did not means that the denial did not hold.
    case Treatment::replace_error:
    // Nothing was sent.
    case Treatment::answer: return Verdict::violation;
  }
  return Verdict::violation;
}

ReplyTracker::Verdict ReplyTracker::within_rows() const {
  if (entries_.empty() || (head().request != Request::query && head().request != Request::execute)) {
    return Verdict::violation;
  }
  return verdict_of_head();
}

ReplyTracker::Verdict ReplyTracker::on_step_done(Request request) {
  if (entries_.empty() || head().request != request) return Verdict::violation;
  const Verdict verdict = verdict_of_head();
  if (verdict == Verdict::violation) return verdict;
  const Entry done = pop_head();
  observer_.on_success(done);
  drop_settled_heads();
  return verdict;
}

ReplyTracker::Verdict ReplyTracker::on_statement_end(Result result, std::string_view body) {
  const Verdict verdict = within_rows();
  if (verdict == Verdict::violation) return verdict;
  if (head().request == Request::query && result == Result::portal_suspended) return Verdict::violation;
  if (copy_in_) end_copy_in();
  if (head().request == Request::query) {
    // More statements may follow; ReadyForQuery ends it.
    observer_.on_result(head(), result, body);
    return verdict;
  }
  const Entry done = pop_head();
  observer_.on_result(done, result, body);
  drop_settled_heads();
  return verdict;
}

// The CopyDone or CopyFail that belongs to the COPY at the head, if it was sent, is behind us now.
void ReplyTracker::end_copy_in() {
  copy_in_ = copy_end_sent_ = false;
  if (entries_.size() > 1 && entries_[1].request == Request::copy_end) (void)entries_.remove(1);
}

ReplyTracker::Verdict ReplyTracker::on_copy_in() {
  const Verdict verdict = within_rows();
  if (verdict != Verdict::forward) return Verdict::violation;
  settle_copy_in(entries_.front());
  copy_in_ = true;
  copy_end_sent_ = false;
  for (std::size_t i = 1; i < entries_.size(); ++i) copy_end_sent_ |= entries_[i].request == Request::copy_end;
  if (head().request != Request::execute) return verdict;
  // The server ignores the Syncs that it reads before the COPY ends; drivers send one before they know that it is a
  // COPY.
  for (std::size_t i = 1; i < entries_.size() && entries_[i].request != Request::copy_end;) {
    if (entries_[i].request == Request::sync) {
      (void)entries_.remove(i);
    } else {
      ++i;
    }
  }
  batch_open_ = true;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    if (entries_[i].request == Request::sync) batch_open_ = false;
    if (is_extended(entries_[i].request)) batch_open_ = true;
  }
  return verdict;
}

ReplyTracker::Verdict ReplyTracker::on_error(std::string_view body) {
  if (copy_in_) end_copy_in();
  if (entries_.empty()) {
    // Between commands a server only speaks to say good-bye: it is shut down, or a time-out of its own has passed.
    if (batch_open_) skipping_ = true;
    return Verdict::forward;
  }
  Entry& entry = entries_.front();
  Verdict verdict = Verdict::forward;
  if (entry.treatment == Treatment::swallow) verdict = Verdict::swallow;
  if (entry.treatment == Treatment::replace_error && !is_of_failed_transaction(body)) {
    replacement_ = std::move(entry.text);
    verdict = Verdict::replace;
  }
  if (!is_extended(entry.request)) {
    settle_copy_in(entry);
    entry.failed = true;
    observer_.on_failure(entry, body);
    return verdict;
  }
  const Entry failed = pop_head();
  observer_.on_failure(failed, body);
  skip_to_sync();
  return verdict;
}

ReplyTracker::Verdict ReplyTracker::on_ready(std::string_view body) {
  if (entries_.empty() || !ends_group(head().request)) return Verdict::violation;
  // A denial that met no error did not hold.
  if (head().treatment == Treatment::replace_error && !head().failed) return Verdict::violation;
  const auto ready = ReadyForQuery::decode(body);
  if (!ready) return Verdict::violation;
  const bool more_follows = head().first_part && !head().failed;
  const Verdict verdict = head().is_own() || more_follows ? Verdict::swallow : Verdict::forward;
  // The end of data that was sent already may be that of a COPY behind this one.
  copy_end_sent_ = copy_end_sent_ && copy_ins_expected_ > (head().copy_in_expected ? 1U : 0U);
  copy_in_ = false;
  status_ = ready->status;
  const Entry done = pop_head();
  resolved_group_ = done.group;
  // With nothing behind it an idle server has no batch open, even if the client never said Sync: the implicit
  // transaction of the messages before a Query ended with the Query.
  if (entries_.empty() && status_ == TransactionStatus::idle) batch_open_ = false;
  observer_.on_ready(done, status_);
  drop_settled_heads();
  return verdict;
}

void ReplyTracker::skip_to_sync() {
  while (!entries_.empty() && head().request != Request::sync) {
    const Entry skipped = pop_head();
    observer_.on_skip(skipped);
  }
  skipping_ = entries_.empty();
}

void ReplyTracker::abandon() {
  while (!entries_.empty()) {
    const Entry skipped = pop_head();
    observer_.on_skip(skipped);
  }
  resolved_group_ = group_ - 1;
  status_ = TransactionStatus::idle;
  batch_open_ = skipping_ = copy_in_ = copy_end_sent_ = false;
}

// A CopyDone or CopyFail at the head belongs to a COPY that is over, or to none: the server ignores it.
void ReplyTracker::drop_settled_heads() {
  while (!copy_in_ && !entries_.empty() && head().request == Request::copy_end) (void)entries_.pop_front();
}

void ReplyTracker::take_local(std::string& out) {
  while (has_local()) {
    const Entry done = pop_head();
    out += done.text;
    if (done.treatment == Treatment::answer) observer_.on_success(done);
    drop_settled_heads();
  }
}

}  // namespace sqlproxy::wire
