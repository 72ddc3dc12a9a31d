// With on_failure = "block" nothing is executed whose events could not be stored.

#include <algorithm>

#include "frontend/request_handler.hpp"

namespace sqlproxy::frontend {
namespace {

core::Error audit_unavailable() {
  return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kIoError,
                          "statement is refused because audit events cannot be stored", {},
                          "Try again later; the proxy's log says what is wrong.");
}

}  // namespace

// It gives up what was done, and its own event may be lost rather than the client be kept in its transaction.
bool RequestHandler::is_rollback(const pipeline::Statement& statement) {
  return statement.transaction.kind == pipeline::TransactionControl::Kind::rollback;
}

RequestHandler::Start RequestHandler::start_admitted(Admission admission, std::size_t statements) {
  const Start started = start();
  if (started != Start::now) core_.journal.audit().trail.withdraw(admission, statements);
  return started;
}

std::optional<RequestHandler::Admission> RequestHandler::admit(std::size_t statements) {
  SessionTrail& trail = core_.journal.audit().trail;
  // Whoever waits for a server connection first asks again once there is one.
  if (!core_.server) {
    if (trail.accepting()) return Admission::free;
    return std::nullopt;
  }
  const Admission admission = trail.admit(statements);
  if (admission == Admission::refused) return std::nullopt;
  return admission;
}

RequestHandler::Step RequestHandler::refuse_unaudited_query(wire::ReplyTracker::Request request,
                                                            const std::vector<JudgementPtr>& judgements,
                                                            bool cache_hit) {
  const core::Error error = audit_unavailable();
  const bool query = request == wire::ReplyTracker::Request::query;
  core::Uuid shown;
  for (const JudgementPtr& judgement : judgements) {
    shown = audit_refusal(judgement, query ? audit::Protocol::simple : audit::Protocol::function, error, cache_hit);
  }
  deny_query(request, error, shown);
  return Step::next;
}

RequestHandler::Step RequestHandler::refuse_unaudited_execute(const JudgementPtr& judgement, bool cache_hit) {
  const core::Error error = audit_unavailable();
  deny_extended(error, audit_refusal(judgement, audit::Protocol::extended, error, cache_hit), false);
  return Step::next;
}

core::Uuid RequestHandler::audit_refusal(const JudgementPtr& judgement, audit::Protocol protocol,
                                         const core::Error& error, bool cache_hit) {
  AuditedStatement refused(core_.journal.audit(), judgement, protocol, in_transaction(), arrival_, cache_hit);
  refused.refuse(error);
  return refused.event_id();
}

}  // namespace sqlproxy::frontend
