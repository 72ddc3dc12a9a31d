// Statements that may not be executed yet, or not now: rate limits and max_in_flight.

#include <algorithm>

#include "frontend/request_handler.hpp"

namespace sqlproxy::frontend {
namespace {

using Kind = StatementAdmission::Kind;

bool ends_transaction(const pipeline::Statement& statement) {
  using Control = pipeline::TransactionControl::Kind;
  const Control kind = statement.transaction.kind;
  return kind == Control::commit || kind == Control::rollback || kind == Control::rollback_to ||
         kind == Control::release;
}

}  // namespace

std::optional<core::Error> RequestHandler::limit(std::span<const pipeline::Statement> statements) {
  // Whatever the server skips it does not execute.
  if (core_.tracker.skipping()) return std::nullopt;
  // To refuse the end of a transaction would keep its locks.
  const bool may_have_begun = in_transaction() || !core_.tracker.idle();
  const bool exempt = may_have_begun && !statements.empty() && std::ranges::all_of(statements, ends_transaction);
  return core_.admission.count(std::max<std::size_t>(statements.size(), 1), exempt ? Kind::exempt : Kind::limited,
                               arrival_.steady + arrival_.queued);
}

std::optional<core::Error> RequestHandler::limit_one() {
  return limit({});
}

void RequestHandler::limit_query(JudgedQuery& judged, const core::Error& error) const {
  for (JudgementPtr& judgement : judged.judgements) judgement = core_.gate.deny(judgement, error, "rate limit");
  judged.denied = judged.judgements.empty() ? nullptr : judged.judgements.front();
}

RequestHandler::Start RequestHandler::start() {
  if (core_.tracker.skipping()) return Start::now;
  start_refusal_ = core_.admission.take_refusal();
  if (start_refusal_) return Start::refused;
  return core_.admission.may_start() ? Start::now : Start::wait;
}

void RequestHandler::refuse_execution(wire::ReplyTracker::Request request, const JudgementPtr& judgement,
                                      const core::Error& error) {
  const bool extended = request == wire::ReplyTracker::Request::execute;
  const audit::Protocol protocol = extended                                                ? audit::Protocol::extended
                                   : request == wire::ReplyTracker::Request::function_call ? audit::Protocol::function
                                                                                           : audit::Protocol::simple;
  AuditedStatement unserved(core_.journal.audit(), judgement, protocol, in_transaction(), arrival_, false);
  unserved.fail(error.sqlstate, audit::RedactedText::own(error.message));
  if (extended) {
    deny_extended(error, {}, false);
  } else {
    deny_query(request, error, {});
  }
}

}  // namespace sqlproxy::frontend
