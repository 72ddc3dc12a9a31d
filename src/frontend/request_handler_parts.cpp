// Queries that wait, or go to the server in two parts.
//
// The names that a Query refers to are put on the server in front of it. There are two places where that could go
// wrong. Behind messages that no Sync has ended an error of the proxy's own message would have the server skip the
// Query, so its answer is awaited. And in a transaction that has failed nothing can be prepared: where the Query ends
// it first (ROLLBACK; EXECUTE s), that is sent alone, and the rest when it is done.

#include "frontend/request_handler.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::ReplyTracker;

bool ends_failed_transaction(const pipeline::Statement& statement) {
  using Kind = pipeline::TransactionControl::Kind;
  switch (statement.transaction.kind) {
    case Kind::commit:
    case Kind::rollback:
    case Kind::rollback_to:
    case Kind::prepare_transaction: return true;
    default: return false;
  }
}

// As many characters: the positions in errors stay what they are.
std::string blanks(std::string_view text, pipeline::TextEncoding encoding) {
  std::string out;
  for (const char c : text) {
    const bool continues = encoding == pipeline::TextEncoding::utf8 && (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!continues) out.push_back(' ');
  }
  return out;
}

}  // namespace

RequestHandler::Step RequestHandler::on_query(std::string_view frame) {
  if (asked_ahead_) return go_on_after_asking(frame);
  return rest_query_.empty() ? start_query(frame) : send_rest();
}

std::optional<RequestHandler::Step> RequestHandler::hold_query(const wire::Query& query, std::uint32_t payload,
                                                               const pipeline::TextAnalyzer::Outcome& outcome,
                                                               const JudgedQuery& judged, Admission admission) {
  if (!may_hold()) return std::nullopt;
  const bool in_parts = needs_first_part(*outcome.analysis);
  if (!in_parts && !mapper_.must_ask_ahead(mentions_)) return std::nullopt;
  core_.journal.withdraw(payload);
  // What does not go now is admitted anew when it does.
  const std::size_t sent_now = in_parts ? 1 : 0;
  core_.journal.audit().trail.withdraw(admission, judged.judgements.size() - sent_now);
  if (in_parts) return send_first_part(query.text, outcome, judged.judgements.front(), admission);
  (void)core_.journal.take_own_failure();
  mapper_.ask_ahead(mentions_);
  asked_ahead_ = true;
  return Step::wait_for_group;
}

bool RequestHandler::may_hold() const {
  const ReplyTracker& tracker = core_.tracker;
  return mapper_.active() && !tracker.skipping() && !tracker.in_copy_in() && tracker.copy_ins_expected() == 0;
}

RequestHandler::Step RequestHandler::go_on_after_asking(std::string_view frame) {
  if (!core_.tracker.empty() && !core_.tracker.in_copy_in()) return Step::wait_for_group;
  asked_ahead_ = false;
  if (!core_.journal.take_own_failure()) return rest_query_.empty() ? start_query(frame) : send_rest();
  // What the client has got is the error of its Query.
  rest_query_.clear();
  core_.journal.statements().remove_now("");
  core_.journal.portals().remove_now("");
  wire::append_message(to_server_.own(), wire::FrontendType::Sync);
  core_.tracker.push(ReplyTracker::Request::sync);
  return Step::next;
}

bool RequestHandler::needs_first_part(const pipeline::Analysis& analysis) {
  if (analysis.statements.size() < 2 || !rest_query_.empty()) return false;
  if (!ends_failed_transaction(analysis.statements.front())) return false;
  const bool may_have_failed = core_.tracker.status() == wire::TransactionStatus::failed || !core_.tracker.empty();
  return may_have_failed && mapper_.lacks(mentions_);
}

RequestHandler::Step RequestHandler::send_first_part(std::string_view text,
                                                     const pipeline::TextAnalyzer::Outcome& outcome,
                                                     const JudgementPtr& judgement, Admission admission) {
  const std::string_view part = text.substr(0, outcome.analysis->statements[1].offset);
  const pipeline::Statement& statement = outcome.analysis->statements.front();
  InFlight flight;
  flight.kind = InFlight::Kind::query;
  flight.analysis = outcome.analysis;
  flight.arrival = arrival_;
  flight.statements.emplace_back(core_.journal.audit(), judgement, audit::Protocol::simple, in_transaction(), arrival_,
                                 outcome.cache_hit);
  flight.statements.back().set_admission(admission);
  flight.statements.back().sent();
  flight.statements.back().add_bytes(part.size(), 0);
  core_.note_sending(&statement, *judgement);
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  core_.journal.expect_effects(payload, core_.tracker.current_group(), statement, {});
  core_.journal.start_first_part();
  core_.tracker.push_first_part(payload);
  const std::string rest = blanks(part, core_.encoding) + std::string(text.substr(part.size()));
  if (!wire::Query{part}.encode(to_server_.own()) || !wire::Query{rest}.encode(rest_query_)) core_.server->close();
  return Step::wait_for_group;
}

RequestHandler::Step RequestHandler::send_rest() {
  using FirstPart = SessionJournal::FirstPart;
  if (core_.journal.first_part() == FirstPart::under_way) return Step::wait_for_group;
  const Step step = core_.journal.first_part() == FirstPart::failed ? Step::next : start_query(rest_query_);
  if (step != Step::next) return step;
  // The batch may refer to it.
  sent_rest_ = std::exchange(rest_query_, {});
  return step;
}

}  // namespace sqlproxy::frontend
