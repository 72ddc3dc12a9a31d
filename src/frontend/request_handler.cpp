#include "frontend/request_handler.hpp"

#include <algorithm>
#include <utility>

#include "wire/message_type.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/function_call.hpp"
#include "wire/messages/parse.hpp"
#include "wire/messages/query.hpp"
#include "wire/messages/ready_for_query.hpp"
#include "wire/messages/severity.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::FrontendType;
using wire::ReplyTracker;

core::Error protocol_violation(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation, std::move(message));
}

core::Error too_long(std::size_t limit) {
  return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                          "statement is too long",
                          "The text of a message may have " + std::to_string(limit) + " bytes.",
                          "Split the statement, pass long values as parameters, or have max_query_size raised.");
}

bool has_text(FrontendType type) {
  return type == FrontendType::Query || type == FrontendType::Parse;
}

}  // namespace

RequestHandler::Outcome RequestHandler::process(std::string_view input) {
  used_ = 0;
  needed_ = 0;
  note_arrival();
  for (;;) {
    if (core_.held_syncs != 0) settle_held_syncs();
    switch (handle_one(input.substr(used_))) {
      case Step::next: core_.admission.next_message(); continue;
      case Step::more_input: return Outcome::more_input;
      case Step::wait_for_group: return Outcome::wait_for_group;
      case Step::wait_for_analysis: return Outcome::wait_for_analysis;
      case Step::need_server: waits_since_ = core::SteadyClock::now(); return Outcome::need_server;
      case Step::need_place: waits_since_ = core::SteadyClock::now(); return Outcome::need_place;
      case Step::terminate: return Outcome::terminate;
      case Step::violation: return Outcome::violation;
    }
  }
}

// What has waited for a server connection arrived before that.
void RequestHandler::note_arrival() {
  const std::optional<core::TimePoint> since = std::exchange(waits_since_, std::nullopt);
  if (!since) {
    arrival_ = Arrival::now();
    return;
  }
  arrival_.queued += std::chrono::duration_cast<core::Duration>(core::SteadyClock::now() - *since);
}

RequestHandler::Step RequestHandler::handle_one(std::string_view rest) {
  if (body_left_ != 0) {
    const std::size_t size = std::min(body_left_, rest.size());
    if (rest_ == Rest::forward) forward(rest.substr(0, size));
    body_left_ -= size;
    used_ += size;
    return size == 0 ? Step::more_input : Step::next;
  }
  if (rest.size() < wire::FrameHeader::kSize) return Step::more_input;
  const auto header = wire::decode_frame_header(rest);
  const auto type = static_cast<FrontendType>(rest.front());
  if (!wire::is_known(type) || type == FrontendType::PasswordMessage) {
    fault_ =
        protocol_violation("invalid frontend message type " + std::to_string(static_cast<unsigned char>(rest.front())));
    return Step::violation;
  }
  // As PostgreSQL, which says nothing when the stream can no longer be followed.
  if (!header || header->body_size > wire::max_body_size(type)) return Step::violation;
  if (core_.local_skip && type != FrontendType::Sync && type != FrontendType::Terminate) {
    return start_rest(*header, rest, Rest::drop);
  }
  if (!core_.server) {
    if (refusal_) return refuse_unserved(*header, rest);
    if (concerns_nobody(type)) return start_rest(*header, rest, Rest::drop);
    // A text is judged first: nobody has to wait for a connection to be told that it is denied.
    const bool needed_now = type != FrontendType::Terminate && type != FrontendType::Sync;
    if (needed_now && !core_.acquire_server(to_server_) && !has_text(type)) return Step::need_server;
  }
  if (core_.handing_over && type != FrontendType::Terminate) return Step::wait_for_group;
  if (must_wait_for_copy(type)) return Step::wait_for_group;
  switch (type) {
    case FrontendType::CopyData: return on_copy(*header, rest);
    case FrontendType::Bind: return on_bind(*header, rest);
    case FrontendType::FunctionCall: return on_function_call(*header, rest);
    default: break;
  }
  // The limit is on the text; names and types of a Parse come on top.
  constexpr std::size_t kParseOverhead = std::size_t{512} * 1024;
  const std::size_t overhead = type == FrontendType::Parse ? kParseOverhead : 1;
  if (has_text(type) && header->body_size > max_query_size_ + overhead) return refuse_too_long(*header, rest);
  const auto frame_size = static_cast<std::size_t>(header->frame_size());
  if (rest.size() < frame_size) {
    needed_ = frame_size;
    return Step::more_input;
  }
  const std::size_t used_before = used_;
  const Step step = handle_frame(*header, rest.substr(0, frame_size));
  if (step == Step::next) {
    used_ = used_before + frame_size;
    analysis_job_.reset();
  }
  return step;
}

RequestHandler::Step RequestHandler::handle_frame(const wire::FrameHeader& header, std::string_view frame) {
  switch (static_cast<FrontendType>(header.type)) {
    case FrontendType::Query: return on_query(frame);
    case FrontendType::Parse: return on_parse(frame);
    case FrontendType::Describe: return on_describe(frame);
    case FrontendType::Execute: return on_execute(frame);
    case FrontendType::Close: return on_close(frame);
    case FrontendType::Sync: return on_sync(frame);
    case FrontendType::Flush: return on_flush(frame);
    case FrontendType::CopyDone:
    case FrontendType::CopyFail:
      forward(frame);
      core_.tracker.push(ReplyTracker::Request::copy_end);
      return Step::next;
    case FrontendType::Terminate: return Step::terminate;
    default: return Step::violation;
  }
}

RequestHandler::Step RequestHandler::start_rest(const wire::FrameHeader& header, std::string_view rest,
                                                Rest treatment) {
  const auto frame_size = static_cast<std::size_t>(header.frame_size());
  const std::size_t available = std::min(frame_size, rest.size());
  if (treatment == Rest::forward) forward(rest.substr(0, available));
  rest_ = treatment;
  body_left_ = frame_size - available;
  used_ += available;
  return Step::next;
}

RequestHandler::Step RequestHandler::refuse_too_long(const wire::FrameHeader& header, std::string_view rest) {
  pipeline::Analysis analysis;
  analysis.error = too_long(max_query_size_);
  // The name of a Parse is not read either: it may be the unnamed one.
  const bool extended = static_cast<FrontendType>(header.type) == FrontendType::Parse;
  const Carrier carrier = extended ? Carrier::unnamed_parse : Carrier::query;
  // Nothing of the text is read, not even for the audit; its length is what there is to say.
  if (const Step step = refuse_text(analysis, rest.substr(0, 0), carrier); step != Step::next) return step;
  return start_rest(header, rest, Rest::drop);
}

// PostgreSQL ignores these between two queries.
bool RequestHandler::concerns_nobody(FrontendType type) const {
  return type == FrontendType::CopyData || type == FrontendType::CopyDone || type == FrontendType::CopyFail ||
         type == FrontendType::Flush;
}

// What comes behind a Sync that is kept back cannot be sent before that is settled, except what a COPY reads.
bool RequestHandler::must_wait_for_copy(FrontendType type) const {
  if (core_.held_syncs == 0) return false;
  switch (type) {
    case FrontendType::CopyData:
    case FrontendType::CopyDone:
    case FrontendType::CopyFail:
    case FrontendType::Flush:
    case FrontendType::Terminate: return false;
    case FrontendType::Sync: return core_.tracker.copy_end_sent();
    default: return true;
  }
}

void RequestHandler::settle_held_syncs() {
  if (core_.tracker.copy_ins_expected() != 0 || within_message()) return;
  for (int held = std::exchange(core_.held_syncs, 0); held > 0; --held) {
    wire::append_message(to_server_.own(), FrontendType::Sync);
    core_.tracker.push(ReplyTracker::Request::sync);
  }
}

void RequestHandler::refuse_query(std::string_view frame, const core::Error& error) {
  const auto query = wire::Query::decode(frame.substr(wire::FrameHeader::kSize));
  if (query) {
    // A large text has been analysed before it was refused.
    auto analyzed = analyze(query->text);
    const auto outcome = analyzed ? *std::move(analyzed) : core_.analyzer.analyze(query->text, core_.encoding);
    const SessionScope& scope = core_.journal.scope();
    for (std::size_t i = 0; i < outcome.analysis->statements.size(); ++i) {
      AuditedStatement unserved(core_.journal.audit(),
                                core_.gate.judge(outcome, i, query->text, scope.predicted(), scope.version()),
                                audit::Protocol::simple, false, arrival_, outcome.cache_hit);
      unserved.fail(error.sqlstate, audit::RedactedText::own(error.message));
    }
  }
  deny_query(ReplyTracker::Request::query, error, {});
}

RequestHandler::Step RequestHandler::refuse_unserved(const wire::FrameHeader& header, std::string_view rest) {
  const auto frame_size = static_cast<std::size_t>(header.frame_size());
  const bool query = static_cast<FrontendType>(header.type) == FrontendType::Query;
  if (query && header.body_size <= max_query_size_ && rest.size() < frame_size) {
    needed_ = frame_size;
    return Step::more_input;
  }
  const core::Error error = *refusal_.take();
  switch (static_cast<FrontendType>(header.type)) {
    case FrontendType::Query:
      refuse_query(rest_query_.empty() ? rest.substr(0, frame_size) : rest_query_, error);
      rest_query_.clear();
      break;
    case FrontendType::FunctionCall: deny_query(ReplyTracker::Request::function_call, error, {}); break;
    default: deny_extended(error, {}, false); break;
  }
  return start_rest(header, rest, Rest::drop);
}

RequestHandler::Step RequestHandler::on_copy(const wire::FrameHeader& header, std::string_view rest) {
  core_.copy_data_sent = true;
  return start_rest(header, rest, Rest::forward);
}

RequestHandler::Step RequestHandler::on_sync(std::string_view frame) {
  if (core_.local_skip) {
    core_.local_skip = false;
    std::string ready;
    wire::ReadyForQuery{wire::TransactionStatus::idle}.encode(ready);
    core_.tracker.push(ReplyTracker::Request::local, ReplyTracker::Treatment::forward, 0, std::move(ready));
    return Step::next;
  }
  if (!core_.server) {
    std::string ready;
    wire::ReadyForQuery{wire::TransactionStatus::idle}.encode(ready);
    core_.tracker.push(ReplyTracker::Request::local, ReplyTracker::Treatment::forward, 0, std::move(ready));
    return Step::next;
  }
  // Behind the end of the data it counts whether the COPY reads or not.
  if (core_.tracker.copy_ins_expected() != 0 && !core_.tracker.copy_end_sent()) {
    ++core_.held_syncs;
    return Step::next;
  }
  // A server that takes COPY data ignores Sync and Flush; the tracker must not wait for an answer.
  if (core_.tracker.in_copy_in() && !core_.tracker.copy_end_sent()) {
    ++core_.dropped_syncs;
    return Step::next;
  }
  forward(frame);
  core_.tracker.push(ReplyTracker::Request::sync);
  return Step::next;
}

RequestHandler::Step RequestHandler::on_flush(std::string_view frame) {
  forward(frame);
  return Step::next;
}

RequestHandler::Step RequestHandler::on_function_call(const wire::FrameHeader& header, std::string_view rest) {
  const auto available = rest.substr(wire::FrameHeader::kSize).substr(0, header.body_size);
  const auto oid = wire::FunctionCall::decode_prefix(available, header.body_size);
  if (oid && !*oid) {
    needed_ = wire::FrameHeader::kSize + sizeof(std::uint32_t);
    return Step::more_input;
  }
  if (!oid) {
    pipeline::Analysis unread;
    unread.error = oid.error();
    const core::Uuid event = audit_denial(core_.gate.refuse(unread, {}), audit::Protocol::function, false);
    deny_query(ReplyTracker::Request::function_call, oid.error(), event);
    return start_rest(header, rest, Rest::drop);
  }
  JudgementPtr judgement = core_.gate.judge_function(**oid, core_.journal.scope().predicted());
  if (auto limited = limit_one()) judgement = core_.gate.deny(judgement, *std::move(limited), "rate limit");
  if (!judgement->allowed()) {
    const core::Uuid event = audit_denial(judgement, audit::Protocol::function, false);
    deny_query(ReplyTracker::Request::function_call, *judgement->error, event);
    return start_rest(header, rest, Rest::drop);
  }
  StatementMapper::Mentions mentions;
  mentions.code = judgement->effects.opaque;
  if (mapper_.active() && mentions.code && mapper_.must_wait_for_code()) return Step::wait_for_group;
  const std::optional<Admission> admission = admit(1);
  if (!admission) {
    (void)refuse_unaudited_query(ReplyTracker::Request::function_call, {judgement}, false);
    return start_rest(header, rest, Rest::drop);
  }
  const Start started = start_admitted(*admission, 1);
  if (started == Start::wait) return Step::need_place;
  if (started == Start::refused) {
    refuse_execution(ReplyTracker::Request::function_call, judgement, start_refusal());
    return start_rest(header, rest, Rest::drop);
  }
  if (mapper_.active()) {
    mapper_.before_query(mentions);
    core_.settings_unsettled = core_.settings_unsettled || mentions.code || judgement->effects.settings;
  }
  core_.unseen_code = true;
  InFlight flight;
  flight.kind = InFlight::Kind::function_call;
  flight.statements.emplace_back(core_.journal.audit(), judgement, audit::Protocol::function, in_transaction(),
                                 arrival_, false);
  flight.statements.back().set_admission(*admission);
  flight.statements.back().add_bytes(header.frame_size(), 0);
  flight.statements.back().sent();
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  core_.tracker.push(ReplyTracker::Request::function_call, ReplyTracker::Treatment::forward, payload);
  return start_rest(header, rest, Rest::forward);
}

std::string RequestHandler::error_message(const core::Error& error, core::Uuid event_id) const {
  core::Error shown = error;
  if (!event_id.is_nil()) {
    if (!shown.hint.empty()) shown.hint += ' ';
    shown.hint += "The audit event is " + event_id.text();
  }
  std::string out;
  wire::append_error(out, wire::Severity::error, shown);
  return out;
}

core::Uuid RequestHandler::audit_denial(const JudgementPtr& judgement, audit::Protocol protocol, bool cache_hit) {
  AuditedStatement denied(core_.journal.audit(), judgement, protocol, in_transaction(), arrival_, cache_hit);
  denied.deny();
  return denied.event_id();
}

RequestHandler::Precedence RequestHandler::precedence_of(const core::Error& error) {
  namespace sqlstate = core::sqlstate;
  const bool of_the_text = error.sqlstate == sqlstate::kProtocolViolation || error.sqlstate == sqlstate::kSyntaxError ||
                           error.sqlstate == sqlstate::kCharacterNotInRepertoire;
  return of_the_text ? Precedence::error : Precedence::failed_transaction;
}

void RequestHandler::deny_query(ReplyTracker::Request request, const core::Error& error, core::Uuid event_id,
                                Precedence precedence) {
  std::string answer = error_message(error, event_id);
  if (core_.tracker.idle()) {
    wire::ReadyForQuery{wire::TransactionStatus::idle}.encode(answer);
    core_.tracker.push(ReplyTracker::Request::local, ReplyTracker::Treatment::forward, 0, std::move(answer));
    if (request == ReplyTracker::Request::query) core_.journal.statements().remove_now("");
    return;
  }
  // In the place of a Query one that fails, of a FunctionCall one of a function that cannot exist: the server then
  // aborts the transaction, or skips it behind an error, just as it would do with the real one.
  const std::uint32_t payload = core_.journal.open({});
  if (!core_.tracker.push(request, ReplyTracker::Treatment::replace_error, payload, std::move(answer))) return;
  const core::Status encoded = request == ReplyTracker::Request::query
                                   ? wire::Query{failing_text(precedence)}.encode(to_server_.own())
                                   : wire::FunctionCall{}.encode(to_server_.own());
  if (!encoded) core_.server->close();
}

// No grammar accepts the name alone, and no query without tables has such a column: the one fails before PostgreSQL
// looks whether the transaction has failed, the other behind that.
std::string RequestHandler::failing_text(Precedence precedence) const {
  const std::string& name = core_.server->missing_name();
  return precedence == Precedence::error ? name : "SELECT \"" + name + '"';
}

void RequestHandler::deny_extended(const core::Error& error, core::Uuid event_id, bool drops_unnamed,
                                   Precedence precedence) {
  std::string answer = error_message(error, event_id);
  if (core_.tracker.idle()) {
    core_.tracker.push(ReplyTracker::Request::local, ReplyTracker::Treatment::forward, 0, std::move(answer));
    core_.local_skip = true;
    if (drops_unnamed) core_.journal.statements().remove_now("");
    return;
  }
  InFlight flight;
  flight.drops_unnamed = drops_unnamed;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  if (!core_.tracker.push(ReplyTracker::Request::parse, ReplyTracker::Treatment::replace_error, payload,
                          std::move(answer))) {
    return;
  }
  const std::string text = failing_text(precedence);
  const wire::Parse poison{.statement = core_.server->missing_name(), .text = text, .parameter_types = {}};
  if (!poison.encode(to_server_.own())) core_.server->close();
}

RequestHandler::Step RequestHandler::deny_unknown_statement(std::string_view name, Precedence precedence) {
  const std::string message = name.empty() ? "unnamed prepared statement does not exist"
                                           : "prepared statement \"" + std::string(name) + "\" does not exist";
  const core::Error error =
      core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidSqlStatementName, message);
  // The error is PostgreSQL's, and shows no event.
  audit_unread(error, "no such prepared statement");
  deny_extended(error, {}, false, precedence);
  return Step::next;
}

}  // namespace sqlproxy::frontend
