// The messages that carry or execute statements: what they do is judged here.

#include <algorithm>

#include "core/identifier.hpp"
#include "frontend/request_handler.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/close.hpp"
#include "wire/messages/describe.hpp"
#include "wire/messages/execute.hpp"
#include "wire/messages/parse.hpp"
#include "wire/messages/query.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::PreparedAction;
using wire::ReplyTracker;
using Treatment = wire::ReplyTracker::Treatment;
using Change = NameRegistry::Change;

// Names longer than this are not looked for: PostgreSQL compares 63 bytes of them.
constexpr std::size_t kMaxNamesPrefix = std::size_t{64} * 1024;

// EXECUTE of a statement that is itself an EXECUTE, and so on.
constexpr int kMaxNestedExecutes = 16;

std::string_view body_of(std::string_view frame) {
  return frame.substr(wire::FrameHeader::kSize);
}

core::Error unknown_prepared_statement(const std::string& name) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidSqlStatementName,
                          "prepared statement \"" + name + "\" does not exist");
}

core::Error too_deep() {
  return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kStatementTooComplex,
                          "stack depth limit exceeded", "Prepared statements execute one another too deeply.");
}

}  // namespace

bool RequestHandler::unconfirmed(std::uint32_t group) const {
  return group != 0 && group != core_.tracker.current_group();
}

std::optional<core::Error> RequestHandler::ambiguous_text(std::string_view text) const {
  if (!core_.backslashes_ambiguous || text.find('\\') == std::string_view::npos) return std::nullopt;
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInsufficientPrivilege,
                          "statement with a backslash is not accepted while standard_conforming_strings is off",
                          "It could be read in two ways.", "Set standard_conforming_strings to on.");
}

RequestHandler::Step RequestHandler::refuse_text(const pipeline::Analysis& analysis, std::string_view text,
                                                 Carrier carrier) {
  const bool extended = carrier != Carrier::query;
  const JudgementPtr judgement = core_.gate.refuse(analysis, text);
  const core::Uuid event =
      audit_denial(judgement, extended ? audit::Protocol::extended : audit::Protocol::simple, false);
  if (extended) {
    deny_extended(*analysis.error, event, carrier == Carrier::unnamed_parse);
  } else {
    deny_query(ReplyTracker::Request::query, *analysis.error, event);
  }
  return Step::next;
}

JudgementPtr RequestHandler::judge_executed(const std::string& name, const JudgementPtr& own, bool& wait) {
  const NameRegistry::Found found = core_.journal.statements().find(name);
  if (unconfirmed(found.unconfirmed_group)) {
    wait = true;
    return own;
  }
  // Parse may give the text "EXECUTE x" the name x: such chains have no end, and the server's stack limit is not ours.
  if (nested_executes_ >= kMaxNestedExecutes) return core_.gate.deny(own, too_deep(), "EXECUTE of EXECUTE too deep");
  // One that a function has prepared is unknown here: what it does was never judged.
  if (!found.statement) return core_.gate.deny(own, unknown_prepared_statement(name), "unknown prepared statement");
  ++nested_executes_;
  const JudgementPtr executed = current_judgement(found.statement, wait);
  --nested_executes_;
  const pipeline::Statement* statement = found.statement->statement();
  if (statement != nullptr && SessionScope::changes_path(*statement)) core_.journal.scope().lose_path();
  return executed && !executed->allowed() ? executed : own;
}

JudgementPtr RequestHandler::current_judgement(const PreparedPtr& prepared, bool& wait) {
  if (!prepared->index) return nullptr;
  SessionScope& scope = core_.journal.scope();
  if (unconfirmed(scope.unconfirmed_group())) {
    wait = true;
    return prepared->judgement;
  }
  const std::uint64_t epoch = core_.gate.epoch(scope.version());
  if (prepared->judgement->epoch != epoch) {
    prepared->judgement = core_.gate.rejudge(*prepared->judgement, *prepared->analysis, *prepared->index,
                                             scope.predicted(), scope.version());
  }
  const pipeline::Statement& statement = *prepared->statement();
  if (statement.prepared.kind != PreparedAction::Kind::execute || !prepared->judgement->allowed()) {
    return prepared->judgement;
  }
  return judge_executed(statement.prepared.name, prepared->judgement, wait);
}

RequestHandler::JudgedQuery RequestHandler::judge_query(std::uint32_t payload,
                                                        const pipeline::TextAnalyzer::Outcome& outcome,
                                                        std::string_view text) {
  const pipeline::Analysis& analysis = *outcome.analysis;
  SessionScope& scope = core_.journal.scope();
  JudgedQuery judged;
  judged.wait = unconfirmed(scope.unconfirmed_group());
  const std::uint32_t group = core_.tracker.current_group();
  for (std::size_t i = 0; i < analysis.statements.size() && !judged.wait; ++i) {
    const pipeline::Statement& statement = analysis.statements[i];
    JudgementPtr judgement = core_.gate.judge(analysis, i, text, scope.predicted(), scope.version());
    if (judgement->allowed() && statement.prepared.kind == PreparedAction::Kind::execute) {
      judgement = judge_executed(statement.prepared.name, judgement, judged.wait);
    }
    PreparedPtr defines;
    if (statement.prepared.kind == PreparedAction::Kind::prepare) {
      defines = std::make_shared<PreparedStatement>();
      defines->analysis = outcome.analysis;
      defines->index = i;
      defines->cache_hit = outcome.cache_hit;
      defines->by_sql = true;
      defines->judgement = judgement;
    }
    // Later statements of the message are judged as if this one had succeeded; if it fails they are not executed.
    core_.journal.expect_effects(payload, group, statement, defines);
    if (!judgement->allowed() && !judged.denied) judged.denied = judgement;
    judged.judgements.push_back(std::move(judgement));
  }
  return judged;
}

RequestHandler::Step RequestHandler::deny_judged_query(const JudgedQuery& judged, bool cache_hit) {
  core::Uuid shown;
  for (const JudgementPtr& judgement : judged.judgements) {
    const JudgementPtr denied =
        judgement->allowed()
            ? core_.gate.deny(judgement, *judged.denied->error, "another statement of the same message is denied")
            : judgement;
    const core::Uuid event = audit_denial(denied, audit::Protocol::simple, cache_hit);
    if (judgement == judged.denied) shown = event;
  }
  deny_query(ReplyTracker::Request::query, *judged.denied->error, shown);
  return Step::next;
}

RequestHandler::Step RequestHandler::on_query(std::string_view frame) {
  const auto query = wire::Query::decode(body_of(frame));
  pipeline::Analysis refused;
  if (!query) {
    refused.error = query.error();
    return refuse_text(refused, {}, Carrier::query);
  }
  if ((refused.error = ambiguous_text(query->text))) return refuse_text(refused, query->text, Carrier::query);
  const auto outcome = core_.analyzer.analyze(query->text, core_.encoding);
  if (outcome.analysis->error) return refuse_text(*outcome.analysis, query->text, Carrier::query);

  const std::uint32_t payload = core_.journal.open({});
  JudgedQuery judged = judge_query(payload, outcome, query->text);
  if (judged.wait || judged.denied) core_.journal.withdraw(payload);
  if (judged.wait) return Step::wait_for_group;
  if (judged.denied) return deny_judged_query(judged, outcome.cache_hit);

  InFlight& flight = core_.journal.flight(payload);
  flight.kind = InFlight::Kind::query;
  flight.analysis = outcome.analysis;
  flight.arrival = arrival_;
  flight.statements.reserve(judged.judgements.size());
  for (JudgementPtr& judgement : judged.judgements) {
    flight.statements.emplace_back(core_.journal.audit(), std::move(judgement), audit::Protocol::simple,
                                   in_transaction(), arrival_, outcome.cache_hit);
    flight.statements.back().sent();
  }
  if (!flight.statements.empty()) flight.statements.front().add_bytes(frame.size(), 0);
  core_.dropped_syncs = 0;
  core_.copy_data_sent = false;
  if (core_.tracker.push(ReplyTracker::Request::query, Treatment::forward, payload)) forward(frame);
  return Step::next;
}

RequestHandler::Step RequestHandler::on_parse(std::string_view frame) {
  const auto parse = wire::Parse::decode(body_of(frame));
  pipeline::Analysis unread;
  if (!parse) {
    unread.error = parse.error();
    deny_extended(parse.error(), audit_denial(core_.gate.refuse(unread, {}), audit::Protocol::extended, false), false);
    return Step::next;
  }
  const Carrier carrier = parse->statement.empty() ? Carrier::unnamed_parse : Carrier::named_parse;
  pipeline::Analysis refused;
  if (parse->text.size() > max_query_size_) {
    refused.error = core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                                     "statement is too long");
    return refuse_text(refused, {}, carrier);
  }
  if ((refused.error = ambiguous_text(parse->text))) return refuse_text(refused, parse->text, carrier);
  const auto outcome = core_.analyzer.analyze(parse->text, core_.encoding);
  if (outcome.analysis->error) return refuse_text(*outcome.analysis, parse->text, carrier);
  SessionScope& scope = core_.journal.scope();
  if (unconfirmed(scope.unconfirmed_group())) return Step::wait_for_group;

  auto prepared = std::make_shared<PreparedStatement>();
  prepared->analysis = outcome.analysis;
  prepared->sql_bytes = parse->text.size();
  prepared->cache_hit = outcome.cache_hit;
  // Of several statements the server accepts none; all are judged all the same, before it gets to see them.
  for (std::size_t i = outcome.analysis->statements.size(); i-- > 0;) {
    prepared->index = i;
    prepared->judgement = core_.gate.judge(*outcome.analysis, i, parse->text, scope.predicted(), scope.version());
    if (!prepared->judgement->allowed()) {
      const core::Uuid event = audit_denial(prepared->judgement, audit::Protocol::extended, outcome.cache_hit);
      deny_extended(*prepared->judgement->error, event, parse->statement.empty());
      return Step::next;
    }
  }
  InFlight flight;
  flight.kind = InFlight::Kind::parse;
  flight.prepared = prepared;
  flight.arrival = arrival_;
  flight.drops_unnamed = parse->statement.empty();
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  core_.journal.statements().expect(payload, core_.tracker.current_group(), Change::define, parse->statement,
                                    std::move(prepared));
  if (core_.tracker.push(ReplyTracker::Request::parse, Treatment::forward, payload)) forward(frame);
  return Step::next;
}

RequestHandler::Step RequestHandler::on_bind(const wire::FrameHeader& header, std::string_view rest) {
  const auto available = rest.substr(wire::FrameHeader::kSize).substr(0, header.body_size);
  const auto names = wire::Bind::decode_prefix(available, header.body_size);
  if (names && !*names && available.size() < kMaxNamesPrefix) {
    needed_ = wire::FrameHeader::kSize + std::min<std::size_t>(header.body_size, available.size() + 256);
    return Step::more_input;
  }
  if (!names || !*names) {
    deny_extended(names ? core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation,
                                           "invalid message format")
                        : names.error(),
                  {}, false);
    return start_rest(header, rest, Rest::drop);
  }
  const NameRegistry::Found found = core_.journal.statements().find((*names)->statement);
  if (unconfirmed(found.unconfirmed_group)) return Step::wait_for_group;
  if (!found.statement) {
    (void)deny_unknown_statement((*names)->statement);
    return start_rest(header, rest, Rest::drop);
  }
  bool wait = false;
  const JudgementPtr judgement = current_judgement(found.statement, wait);
  if (wait) return Step::wait_for_group;
  if (judgement && !judgement->allowed()) {
    const core::Uuid event = audit_denial(judgement, audit::Protocol::extended, found.statement->cache_hit);
    deny_extended(*judgement->error, event, false);
    return start_rest(header, rest, Rest::drop);
  }
  InFlight flight;
  flight.kind = InFlight::Kind::bind;
  flight.prepared = found.statement;
  flight.name = core::truncate_hash_key((*names)->portal);
  flight.arrival = arrival_;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  core_.journal.portals().expect(payload, core_.tracker.current_group(), Change::define, (*names)->portal,
                                 found.statement);
  core_.tracker.push(ReplyTracker::Request::bind, Treatment::forward, payload);
  return start_rest(header, rest, Rest::forward);
}

RequestHandler::Step RequestHandler::on_describe(std::string_view frame) {
  const auto describe = wire::Describe::decode(body_of(frame));
  if (!describe) {
    deny_extended(describe.error(), {}, false);
    return Step::next;
  }
  const bool of_statement = describe->target == wire::DescribeTarget::statement;
  const NameRegistry& names = of_statement ? core_.journal.statements() : core_.journal.portals();
  const NameRegistry::Found found = names.find(describe->name);
  if (unconfirmed(found.unconfirmed_group)) return Step::wait_for_group;
  if (of_statement && !found.statement) return deny_unknown_statement(describe->name);
  InFlight flight;
  flight.kind = InFlight::Kind::describe;
  flight.arrival = arrival_;
  if (found.statement) {
    bool wait = false;
    const JudgementPtr judgement = current_judgement(found.statement, wait);
    if (wait) return Step::wait_for_group;
    if (judgement && !judgement->allowed()) {
      deny_extended(*judgement->error, audit_denial(judgement, audit::Protocol::extended, found.statement->cache_hit),
                    false);
      return Step::next;
    }
    flight.prepared = found.statement;
  }
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  if (core_.tracker.push(ReplyTracker::Request::describe, Treatment::forward, payload)) forward(frame);
  return Step::next;
}

RequestHandler::Step RequestHandler::on_execute(std::string_view frame) {
  const auto execute = wire::Execute::decode(body_of(frame));
  if (!execute) {
    deny_extended(execute.error(), {}, false);
    return Step::next;
  }
  const NameRegistry::Found found = core_.journal.portals().find(execute->portal);
  if (unconfirmed(found.unconfirmed_group)) return Step::wait_for_group;
  InFlight flight;
  flight.kind = InFlight::Kind::execute;
  flight.prepared = found.statement;
  flight.name = core::truncate_hash_key(execute->portal);
  flight.arrival = arrival_;
  // A portal that no Bind made is a cursor, whose query was judged at DECLARE, or does not exist.
  bool wait = false;
  const JudgementPtr judgement = found.statement ? current_judgement(found.statement, wait) : core_.gate.allow_cursor();
  if (wait) return Step::wait_for_group;
  const bool cache_hit = found.statement && found.statement->cache_hit;
  if (judgement && !judgement->allowed()) {
    deny_extended(*judgement->error, audit_denial(judgement, audit::Protocol::extended, cache_hit), false);
    return Step::next;
  }
  // An empty query has no judgement, and no event.
  if (judgement) {
    AuditedStatement statement = core_.journal.resume(flight.name);
    if (!statement) {
      statement = AuditedStatement(core_.journal.audit(), judgement, audit::Protocol::extended, in_transaction(),
                                   arrival_, cache_hit);
    }
    statement.add_bytes(frame.size(), 0);
    statement.sent();
    flight.statements.push_back(std::move(statement));
  }
  const pipeline::Statement* text = found.statement ? found.statement->statement() : nullptr;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  if (text != nullptr && !found.statement->by_sql) {
    PreparedPtr defines;
    if (text->prepared.kind == PreparedAction::Kind::prepare) {
      defines = std::make_shared<PreparedStatement>(*found.statement);
      defines->by_sql = true;
    }
    core_.journal.expect_effects(payload, core_.tracker.current_group(), *text, defines);
  }
  const bool copies = text != nullptr && text->copy == pipeline::CopyDirection::from_stdin;
  if (copies) {
    core_.dropped_syncs = 0;
    core_.copy_data_sent = false;
  }
  const bool sent = copies ? core_.tracker.push_copy_in(payload)
                           : core_.tracker.push(ReplyTracker::Request::execute, Treatment::forward, payload);
  if (sent) forward(frame);
  return Step::next;
}

RequestHandler::Step RequestHandler::on_close(std::string_view frame) {
  const auto close = wire::Close::decode(body_of(frame));
  if (!close) {
    deny_extended(close.error(), {}, false);
    return Step::next;
  }
  const bool of_statement = close->target == wire::DescribeTarget::statement;
  InFlight flight;
  flight.kind = InFlight::Kind::close;
  flight.arrival = arrival_;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  NameRegistry& names = of_statement ? core_.journal.statements() : core_.journal.portals();
  names.expect(payload, core_.tracker.current_group(), Change::remove, close->name);
  if (core_.tracker.push(ReplyTracker::Request::close, Treatment::forward, payload)) forward(frame);
  return Step::next;
}

}  // namespace sqlproxy::frontend
