// The messages of the extended query protocol, whose statements are judged when they are parsed and when they are used.

#include <algorithm>

#include "core/identifier.hpp"
#include "frontend/request_handler.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/close.hpp"
#include "wire/messages/describe.hpp"
#include "wire/messages/execute.hpp"
#include "wire/messages/parse.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::PreparedAction;
using wire::ReplyTracker;
using Treatment = wire::ReplyTracker::Treatment;
using Change = NameRegistry::Change;

// Names longer than this are not looked for: PostgreSQL compares 63 bytes of them.
constexpr std::size_t kMaxNamesPrefix = std::size_t{64} * 1024;

std::string_view body_of(std::string_view frame) {
  return frame.substr(wire::FrameHeader::kSize);
}

}  // namespace

RequestHandler::Step RequestHandler::on_parse(std::string_view frame) {
  const auto parse = wire::Parse::decode(body_of(frame));
  if (!parse) {
    return deny_unread(parse.error());
  }
  const Carrier carrier = parse->statement.empty() ? Carrier::unnamed_parse : Carrier::named_parse;
  pipeline::Analysis refused;
  if (parse->text.size() > max_query_size_) {
    refused.error = core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                                     "statement is too long");
    return refuse_text(refused, {}, carrier);
  }
  if (const auto step = check_reading(parse->text, carrier)) return *step;
  const auto analyzed = analyze(parse->text);
  if (!analyzed) return Step::wait_for_analysis;
  const pipeline::TextAnalyzer::Outcome& outcome = *analyzed;
  JudgementPtr unparsed;
  if (outcome.analysis->error) {
    unparsed = core_.gate.judge_unparsed(*outcome.analysis, parse->text, core_.journal.scope());
    if (!unparsed->allowed()) return refuse_text(*outcome.analysis, parse->text, carrier);
  }
  SessionScope& scope = core_.journal.scope();
  if (unconfirmed(scope.unconfirmed_group())) return Step::wait_for_group;

  auto prepared = std::make_shared<PreparedStatement>();
  prepared->analysis = outcome.analysis;
  prepared->sql_bytes = parse->text.size();
  prepared->cache_hit = outcome.cache_hit;
  prepared->judgement = unparsed;
  prepared->epoch = core_.gate.epoch(scope.version());
  // Of several statements the server accepts none; all are judged all the same, before it gets to see them.
  for (std::size_t i = outcome.analysis->statements.size(); i-- > 0;) {
    prepared->index = i;
    prepared->judgement = core_.gate.judge(outcome, i, parse->text, scope.predicted(), scope.version());
    if (!prepared->judgement->allowed()) {
      // It gets no further than here, so here it is counted.
      if (auto limited = limit_one()) {
        prepared->judgement = core_.gate.deny(prepared->judgement, *std::move(limited), "rate limit");
      }
      const core::Uuid event = audit_denial(prepared->judgement, audit::Protocol::extended, outcome.cache_hit);
      deny_extended(*prepared->judgement->error, event, parse->statement.empty());
      return Step::next;
    }
  }
  if (!core_.server) return Step::need_server;
  if (mapper_.active()) {
    if (const std::optional<Step> held = prepare_to_map(*parse, prepared)) return *held;
  }
  InFlight flight;
  flight.kind = InFlight::Kind::parse;
  flight.prepared = prepared;
  flight.arrival = arrival_;
  flight.drops_unnamed = parse->statement.empty();
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  core_.journal.statements().expect(payload, core_.tracker.current_group(), Change::define, parse->statement, prepared);
  if (mapper_.active()) {
    mapper_.parse(payload, *prepared, frame);
  } else if (core_.tracker.push(ReplyTracker::Request::parse, Treatment::forward, payload)) {
    forward(frame);
  }
  return Step::next;
}

std::optional<RequestHandler::Step> RequestHandler::prepare_to_map(const wire::Parse& parse,
                                                                   const PreparedPtr& prepared) {
  mentions_ = {};
  const pipeline::Statement* text = prepared->statement();
  // The server asks what the executed statement returns, if there is one.
  if (text != nullptr && text->prepared.kind == PreparedAction::Kind::execute) {
    mapper_.mention(text->prepared.name, mentions_);
    mentions_.all = false;
  }
  const NameRegistry::Found found = core_.journal.statements().find(parse.statement);
  if (!parse.statement.empty() && unconfirmed(found.unconfirmed_group)) return Step::wait_for_group;
  mapper_.identify(*prepared, parse);
  if (mapper_.must_wait(mentions_) || mapper_.must_wait_to_parse(*prepared)) return Step::wait_for_group;
  if (!parse.statement.empty() && found.statement) {
    mapper_.parse_in_vain(prepared);
    const core::Error taken = core::make_error(
        core::ErrorCode::invalid_input, core::sqlstate::kDuplicatePreparedStatement,
        "prepared statement \"" + std::string(core::truncate_hash_key(parse.statement)) + "\" already exists");
    deny_extended(taken, {}, false, Precedence::error);
    return Step::next;
  }
  mapper_.before_batch(*prepared);
  mapper_.before_extended(mentions_);
  return std::nullopt;
}

bool RequestHandler::must_wait_to_use(const PreparedPtr& prepared, std::string_view name) {
  mentions_ = {};
  unknown_executed_ = UnknownExecuted::ignore;
  if (!mapper_.active()) return false;
  const pipeline::Statement* text = prepared->statement();
  if (prepared->by_sql) {
    mapper_.mention(name, mentions_);
  } else if (text != nullptr && text->prepared.kind == PreparedAction::Kind::execute) {
    mapper_.mention(text->prepared.name, mentions_);
  }
  // What shows the names shows them when it is executed.
  mentions_.all = false;
  return mapper_.must_wait(mentions_) || (!prepared->by_sql && mapper_.must_wait_to_use(*prepared, name));
}

RequestHandler::Step RequestHandler::on_bind(const wire::FrameHeader& header, std::string_view rest) {
  const auto available = rest.substr(wire::FrameHeader::kSize).substr(0, header.body_size);
  const auto names = wire::Bind::decode_prefix(available, header.body_size);
  if (names && !*names && available.size() < kMaxNamesPrefix) {
    needed_ = wire::FrameHeader::kSize + std::min<std::size_t>(header.body_size, available.size() + 256);
    return Step::more_input;
  }
  if (!names || !*names) {
    (void)deny_unread(names ? core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation,
                                               "invalid message format")
                            : names.error());
    return start_rest(header, rest, Rest::drop);
  }
  const NameRegistry::Found found = core_.journal.statements().find((*names)->statement);
  if (unconfirmed(found.unconfirmed_group)) return Step::wait_for_group;
  if (!found.statement) {
    (void)deny_unknown_statement((*names)->statement);
    return start_rest(header, rest, Rest::drop);
  }
  bool wait = must_wait_to_use(found.statement, (*names)->statement);
  const JudgementPtr judgement = current_judgement(found.statement, wait);
  if (wait) return Step::wait_for_group;
  if (judgement && !judgement->allowed()) {
    const core::Uuid event = audit_denial(judgement, audit::Protocol::extended, found.statement->cache_hit);
    deny_extended(*judgement->error, event, false);
    return start_rest(header, rest, Rest::drop);
  }
  const std::string_view server_name = name_on_server(found.statement, (*names)->statement);
  InFlight flight;
  flight.kind = InFlight::Kind::bind;
  flight.prepared = found.statement;
  flight.name = core::truncate_hash_key((*names)->portal);
  flight.arrival = arrival_;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  core_.journal.portals().expect(payload, core_.tracker.current_group(), Change::define, (*names)->portal,
                                 found.statement);
  core_.tracker.push(ReplyTracker::Request::bind, Treatment::forward, payload);
  if (server_name == (*names)->statement) return start_rest(header, rest, Rest::forward);
  return start_renamed_bind(header, rest, **names, server_name);
}

std::string_view RequestHandler::name_on_server(const PreparedPtr& prepared, std::string_view name) {
  if (!mapper_.active()) return name;
  mapper_.before_batch(*prepared);
  mapper_.before_extended(mentions_);
  return mapper_.require(prepared, name);
}

RequestHandler::Step RequestHandler::start_renamed_bind(const wire::FrameHeader& header, std::string_view rest,
                                                        const wire::Bind::Names& names, std::string_view server_name) {
  const std::uint64_t body_size = std::uint64_t{header.body_size} - names.statement.size() + server_name.size();
  // By some bytes too long for the server, which would not say so.
  if (body_size > wire::max_body_size(wire::FrontendType::Bind)) return Step::violation;
  std::string& out = to_server_.own();
  wire::append_frame_header(out, {header.type, static_cast<std::uint32_t>(body_size)});
  out.append(names.portal).push_back('\0');
  out.append(server_name).push_back('\0');
  // The values go through unread.
  const auto values = wire::FrameHeader{header.type, header.body_size - static_cast<std::uint32_t>(names.size)};
  const std::size_t skipped = wire::FrameHeader::kSize + names.size;
  const std::size_t available = std::min<std::size_t>(values.body_size, rest.size() - skipped);
  forward(rest.substr(skipped, available));
  rest_ = Rest::forward;
  body_left_ = values.body_size - available;
  used_ += skipped + available;
  return Step::next;
}

RequestHandler::Step RequestHandler::on_describe(std::string_view frame) {
  const auto describe = wire::Describe::decode(body_of(frame));
  if (!describe) {
    return deny_unread(describe.error());
  }
  const bool of_statement = describe->target == wire::DescribeTarget::statement;
  NameRegistry& names = of_statement ? core_.journal.statements() : core_.journal.portals();
  const NameRegistry::Found found = names.find(describe->name);
  if (unconfirmed(found.unconfirmed_group)) return Step::wait_for_group;
  if (of_statement && !found.statement) return deny_unknown_statement(describe->name);
  InFlight flight;
  flight.kind = InFlight::Kind::describe;
  flight.arrival = arrival_;
  std::string_view server_name = describe->name;
  if (found.statement) {
    unknown_executed_ = UnknownExecuted::ignore;
    bool wait = of_statement && must_wait_to_use(found.statement, describe->name);
    const JudgementPtr judgement = current_judgement(found.statement, wait);
    if (wait) return Step::wait_for_group;
    if (judgement && !judgement->allowed()) {
      deny_extended(*judgement->error, audit_denial(judgement, audit::Protocol::extended, found.statement->cache_hit),
                    false);
      return Step::next;
    }
    flight.prepared = found.statement;
    if (of_statement) server_name = name_on_server(found.statement, describe->name);
  }
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  if (!core_.tracker.push(ReplyTracker::Request::describe, Treatment::forward, payload)) return Step::next;
  if (server_name == describe->name) {
    forward(frame);
  } else if (!wire::Describe{describe->target, server_name}.encode(to_server_.own())) {
    core_.server->close();
  }
  return Step::next;
}

bool RequestHandler::must_wait_to_execute(const PreparedPtr& prepared) {
  mentions_ = {};
  changes_settings_ = executes_unseen_ = false;
  // An empty query has no judgement.
  if (!mapper_.active() || !prepared || !prepared->judgement) return false;
  const pipeline::Statement* text = prepared->statement();
  if (text != nullptr) mapper_.mention(*text, mentions_);
  if (text == nullptr) {
    // Nobody knows what it does.
    mentions_.code = changes_settings_ = true;
  } else if (prepared->by_sql) {
    // The portal of a statement that PREPARE made runs the query inside, not the PREPARE.
    mentions_.names.clear();
    const pipeline::SessionEffects& effects = prepared->judgement->executed_effects;
    mentions_.code = effects.opaque;
    changes_settings_ = !text->settings.empty() || effects.settings || effects.opaque;
  } else {
    note_effects(*text, *prepared->judgement);
  }
  unknown_executed_ = UnknownExecuted::close;
  return mapper_.must_wait(mentions_);
}

RequestHandler::Step RequestHandler::on_execute(std::string_view frame) {
  const auto execute = wire::Execute::decode(body_of(frame));
  if (!execute) {
    return deny_unread(execute.error());
  }
  const NameRegistry::Found found = core_.journal.portals().find(execute->portal);
  if (unconfirmed(found.unconfirmed_group)) return Step::wait_for_group;
  InFlight flight;
  flight.kind = InFlight::Kind::execute;
  flight.prepared = found.statement;
  flight.name = core::truncate_hash_key(execute->portal);
  flight.arrival = arrival_;
  // A portal that no Bind made is a cursor, whose query was judged at DECLARE, or does not exist.
  unknown_executed_ = core_.unseen_code ? UnknownExecuted::deny : UnknownExecuted::absent;
  bool wait = must_wait_to_execute(found.statement);
  JudgementPtr judgement = found.statement
                               ? current_judgement(found.statement, wait)
                               : core_.journal.cursors().judge(flight.name, core_.gate.allow_cursor(), core_.gate);
  mentions_.code = mentions_.code || executes_unseen_;
  core_.unseen_code = core_.unseen_code || executes_unseen_;
  wait = wait || (mapper_.active() && mentions_.code && mapper_.must_wait_for_code());
  if (wait) return Step::wait_for_group;
  const bool cache_hit = found.statement && found.statement->cache_hit;
  const pipeline::Statement* text = found.statement ? found.statement->statement() : nullptr;
  if (judgement) {
    if (auto limited = text != nullptr ? limit({text, 1}) : limit_one()) {
      judgement = core_.gate.deny(judgement, *std::move(limited), "rate limit");
    }
  }
  if (judgement && !judgement->allowed()) {
    deny_extended(*judgement->error, audit_denial(judgement, audit::Protocol::extended, cache_hit), false);
    return Step::next;
  }
  const bool rollback = text != nullptr && is_rollback(*text);
  const bool audited = judgement && !rollback && !core_.journal.is_suspended(flight.name);
  const std::optional<Admission> admission = audited ? admit(1) : Admission::free;
  if (!admission) return refuse_unaudited_execute(judgement, cache_hit);
  const Start started = judgement ? start_admitted(*admission, 1) : Start::now;
  if (started == Start::wait) return Step::need_place;
  if (started == Start::refused) {
    refuse_execution(ReplyTracker::Request::execute, judgement, start_refusal());
    return Step::next;
  }
  if (text != nullptr && judgement && !found.statement->by_sql) {
    core_.note_declared(found.statement->analysis, *found.statement->index, judgement);
  }
  send_execute(frame, std::move(flight), judgement, *admission);
  return Step::next;
}

void RequestHandler::send_execute(std::string_view frame, InFlight flight, const JudgementPtr& judgement,
                                  Admission admission) {
  const PreparedPtr prepared = flight.prepared;
  const pipeline::Statement* text = prepared ? prepared->statement() : nullptr;
  // An empty query has no judgement, and no event.
  if (judgement) {
    AuditedStatement statement = core_.journal.resume(flight.name);
    if (!statement) {
      statement = AuditedStatement(core_.journal.audit(), judgement, audit::Protocol::extended, in_transaction(),
                                   arrival_, prepared && prepared->cache_hit);
      statement.set_admission(admission);
    }
    statement.add_bytes(frame.size(), 0);
    statement.sent();
    if (prepared) core_.note_sending(text, *judgement);
    flight.statements.push_back(std::move(statement));
  }
  if (mapper_.active()) mapper_.before_extended(mentions_);
  core_.settings_unsettled = core_.settings_unsettled || changes_settings_;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  if (text != nullptr && !prepared->by_sql) {
    PreparedPtr defines;
    if (text->prepared.kind == PreparedAction::Kind::prepare) {
      defines = std::make_shared<PreparedStatement>(*prepared);
      defines->by_sql = true;
      if (mapper_.active()) mapper_.identify_prepare(*defines, prepared->source->text);
    }
    core_.journal.expect_effects(payload, core_.tracker.current_group(), *text, defines);
    if (mapper_.active()) mapper_.expect_effects(payload, *text, defines);
  }
  const bool copies = text != nullptr && text->copy == pipeline::CopyDirection::from_stdin;
  if (copies) {
    core_.dropped_syncs = 0;
    core_.copy_data_sent = false;
  }
  const bool sent = copies ? core_.tracker.push_copy_in(ReplyTracker::Request::execute, payload)
                           : core_.tracker.push(ReplyTracker::Request::execute, Treatment::forward, payload);
  if (sent) forward(frame);
}

RequestHandler::Step RequestHandler::on_close(std::string_view frame) {
  const auto close = wire::Close::decode(body_of(frame));
  if (!close) {
    return deny_unread(close.error());
  }
  const bool of_statement = close->target == wire::DescribeTarget::statement;
  const bool mapped = of_statement && mapper_.active();
  if (mapped && mapper_.must_wait_to_close(close->name)) return Step::wait_for_group;
  InFlight flight;
  flight.kind = InFlight::Kind::close;
  flight.arrival = arrival_;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  NameRegistry& names = of_statement ? core_.journal.statements() : core_.journal.portals();
  names.expect(payload, core_.tracker.current_group(), Change::remove, close->name);
  if (mapped) {
    mapper_.close(payload, close->name, frame);
    return Step::next;
  }
  if (core_.tracker.push(ReplyTracker::Request::close, Treatment::forward, payload)) forward(frame);
  return Step::next;
}

}  // namespace sqlproxy::frontend
