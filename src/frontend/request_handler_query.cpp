// Texts and their verdicts: what a Query says is judged here, and what EXECUTE runs.

#include <algorithm>

#include "core/identifier.hpp"
#include "frontend/request_handler.hpp"
#include "pipeline/string_reading.hpp"
#include "wire/messages/query.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::PreparedAction;
using wire::ReplyTracker;
using Treatment = wire::ReplyTracker::Treatment;

// Executing it may PREPARE what is not seen, in a function, a trigger, another statement.
bool may_prepare_unseen(const pipeline::Statement& statement, const Judgement& judgement) {
  using Kind = PreparedAction::Kind;
  if (judgement.effects.opaque) return true;
  const bool by_its_text = statement.prepared.kind != Kind::none || statement.discard != pipeline::DiscardAction::none;
  return judgement.effects.names && !by_its_text;
}

// What StatementMapper::expect_effects needs to see.
bool changes_server(const pipeline::Statement& statement) {
  using Kind = PreparedAction::Kind;
  return (statement.prepared.kind != Kind::none && statement.prepared.kind != Kind::execute) ||
         statement.discard == pipeline::DiscardAction::all || statement.changes_catalog;
}

}  // namespace

bool RequestHandler::unconfirmed(std::uint32_t group) const {
  // What the server is going to skip has nothing to wait for.
  return group != 0 && group != core_.tracker.current_group() && !core_.tracker.skipping();
}

std::optional<pipeline::TextAnalyzer::Outcome> RequestHandler::analyze(std::string_view text) {
  if (text.size() < AnalysisPool::kLargeText || !core_.start_analysis) {
    return core_.analyzer.analyze(text, core_.encoding);
  }
  if (!analysis_job_ || analysis_job_->text != text || analysis_job_->limits.encoding != core_.encoding) {
    if (auto found = core_.analyzer.find(text, core_.encoding); found.analysis) return found;
    analysis_job_ = core_.start_analysis(text);
  }
  if (!analysis_job_->done.load(std::memory_order_acquire)) return std::nullopt;
  core_.analyzer.keep(text, analysis_job_->analysis);
  return pipeline::TextAnalyzer::Outcome{analysis_job_->analysis, false};
}

RequestHandler::Reading RequestHandler::reading_of(std::string_view text) const {
  const bool changing = core_.strings_group > core_.tracker.resolved_group();
  if ((!core_.backslashes_ambiguous && !changing) || pipeline::is_read_in_one_way(text)) return Reading::certain;
  return changing && unconfirmed(core_.strings_group) ? Reading::not_known_yet : Reading::ambiguous;
}

std::optional<RequestHandler::Step> RequestHandler::check_reading(std::string_view text, Carrier carrier) {
  switch (reading_of(text)) {
    case Reading::certain: return std::nullopt;
    case Reading::not_known_yet: return Step::wait_for_group;
    case Reading::ambiguous: break;
  }
  pipeline::Analysis refused;
  refused.error =
      core::make_error(core::ErrorCode::denied, core::sqlstate::kInsufficientPrivilege,
                       "string with a backslash is not accepted while standard_conforming_strings is off",
                       "It could be read in two ways.", "Write E'...', or set standard_conforming_strings to on.");
  return refuse_text(refused, text, carrier);
}

RequestHandler::Step RequestHandler::refuse_text(const pipeline::Analysis& analysis, std::string_view text,
                                                 Carrier carrier) {
  const bool extended = carrier != Carrier::query;
  JudgementPtr judgement = core_.gate.refuse(analysis, text);
  if (auto limited = limit_one()) judgement = core_.gate.deny(judgement, *std::move(limited), "rate limit");
  const core::Error& error = *judgement->error;
  const core::Uuid event =
      audit_denial(judgement, extended ? audit::Protocol::extended : audit::Protocol::simple, false);
  if (extended) {
    deny_extended(error, event, carrier == Carrier::unnamed_parse, precedence_of(error));
  } else {
    deny_query(ReplyTracker::Request::query, error, event, precedence_of(error));
  }
  return Step::next;
}

// The server may understand what we do not (unparsed = "allow"): it gets the text, which may do anything.
RequestHandler::Step RequestHandler::forward_unparsed(const JudgementPtr& judgement, std::string_view frame) {
  if (const auto limited = limit_one()) {
    const core::Uuid event =
        audit_denial(core_.gate.deny(judgement, *limited, "rate limit"), audit::Protocol::simple, false);
    deny_query(ReplyTracker::Request::query, *limited, event);
    return Step::next;
  }
  mentions_ = {};
  mentions_.all = true;
  if (core_.server && mapper_.active() && mapper_.must_wait(mentions_)) return Step::wait_for_group;
  const std::optional<Admission> admission = admit(1);
  if (!admission) return refuse_unaudited_query(ReplyTracker::Request::query, {judgement}, false);
  if (!core_.server) return Step::need_server;
  const Start started = start_admitted(*admission, 1);
  if (started == Start::wait) return Step::need_place;
  if (started == Start::refused) {
    refuse_execution(ReplyTracker::Request::query, judgement, start_refusal());
    return Step::next;
  }
  if (mapper_.active()) {
    mapper_.before_query(mentions_);
    core_.settings_unsettled = true;
  }
  InFlight flight;
  flight.kind = InFlight::Kind::query;
  flight.arrival = arrival_;
  flight.statements.emplace_back(core_.journal.audit(), judgement, audit::Protocol::simple, in_transaction(), arrival_,
                                 false);
  flight.statements.back().set_admission(*admission);
  flight.statements.back().sent();
  flight.statements.back().add_bytes(frame.size(), 0);
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  core_.unseen_code = true;
  core_.dropped_syncs = 0;
  core_.copy_data_sent = false;
  if (core_.tracker.push_copy_in(ReplyTracker::Request::query, payload)) forward(frame);
  return Step::next;
}

void RequestHandler::note_effects(const pipeline::Statement& statement, const Judgement& judgement) {
  const bool executes = statement.prepared.kind == PreparedAction::Kind::execute;
  mentions_.code = mentions_.code || judgement.effects.opaque || executes_unseen_;
  changes_settings_ = changes_settings_ || !statement.settings.empty() || judgement.effects.settings ||
                      judgement.effects.opaque || executes;
}

RequestHandler::JudgedQuery RequestHandler::judge_query(std::uint32_t payload,
                                                        const pipeline::TextAnalyzer::Outcome& outcome,
                                                        std::string_view text) {
  const pipeline::Analysis& analysis = *outcome.analysis;
  SessionScope& scope = core_.journal.scope();
  JudgedQuery judged;
  judged.wait = unconfirmed(scope.unconfirmed_group());
  const std::uint32_t group = core_.tracker.current_group();
  changes_settings_ = executes_unseen_ = false;
  unknown_executed_ = UnknownExecuted::deny;
  if (mapper_.active()) {
    unknown_executed_ = UnknownExecuted::close;
  } else if (!core_.unseen_code) {
    // It does not exist, and the server says so when it is its turn.
    unknown_executed_ = UnknownExecuted::absent;
  }
  for (std::size_t i = 0; i < analysis.statements.size() && !judged.wait; ++i) {
    const pipeline::Statement& statement = analysis.statements[i];
    const std::uint64_t epoch = core_.gate.epoch(scope.version());
    JudgementPtr judgement = core_.gate.judge(outcome, i, text, scope.predicted(), scope.version());
    judgement = with_what_it_runs(statement, judgement, judged.wait);
    core_.note_declared(outcome.analysis, i, judgement);
    PreparedPtr defines;
    if (statement.prepared.kind == PreparedAction::Kind::prepare) {
      defines = std::make_shared<PreparedStatement>();
      defines->analysis = outcome.analysis;
      defines->index = i;
      defines->cache_hit = outcome.cache_hit;
      defines->by_sql = true;
      defines->judgement = judgement;
      defines->epoch = epoch;
      if (mapper_.active()) {
        const bool alone = analysis.statements.size() == 1;
        mapper_.identify_prepare(*defines, alone ? text : text.substr(statement.offset, statement.length));
      }
    }
    if (mapper_.active() && changes_server(statement)) judged.changes.emplace_back(&statement, defines);
    if (executes_unseen_ || may_prepare_unseen(statement, *judgement)) unknown_executed_ = UnknownExecuted::deny;
    note_effects(statement, *judgement);
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

RequestHandler::Step RequestHandler::start_query(std::string_view frame) {
  const auto query = wire::Query::decode(frame.substr(wire::FrameHeader::kSize));
  pipeline::Analysis refused;
  if (!query) {
    refused.error = query.error();
    return refuse_text(refused, {}, Carrier::query);
  }
  if (const auto step = check_reading(query->text, Carrier::query)) return *step;
  const auto analyzed = analyze(query->text);
  if (!analyzed) return Step::wait_for_analysis;
  const pipeline::TextAnalyzer::Outcome& outcome = *analyzed;
  if (outcome.analysis->error) {
    const JudgementPtr unparsed = core_.gate.judge_unparsed(*outcome.analysis, query->text, core_.journal.scope());
    if (unparsed->allowed()) return forward_unparsed(unparsed, frame);
    return refuse_text(*outcome.analysis, query->text, Carrier::query);
  }

  mentions_ = {};
  bool names_pending = false;
  if (mapper_.active()) {
    names_pending = core_.server && mapper_.must_wait_for_code();
    for (const pipeline::Statement& statement : outcome.analysis->statements) mapper_.mention(statement, mentions_);
    if (core_.server && mapper_.must_wait(mentions_)) return Step::wait_for_group;
  }
  const std::uint32_t payload = core_.journal.open({});
  JudgedQuery judged = judge_query(payload, outcome, query->text);
  judged.wait = judged.wait || (mentions_.code && names_pending);
  const auto limited = judged.wait ? std::nullopt : limit(outcome.analysis->statements);
  if (limited) limit_query(judged, *limited);
  const std::size_t count = judged.judgements.size();
  const bool goes_on = !judged.wait && !judged.denied && !limited;
  const bool audited = goes_on && !std::ranges::all_of(outcome.analysis->statements, is_rollback);
  const std::optional<Admission> admission = audited ? admit(count) : Admission::free;
  const bool starts = goes_on && admission && core_.server != nullptr;
  const Start started = starts ? start_admitted(*admission, count) : Start::wait;
  if (started != Start::now) core_.journal.withdraw(payload);
  if (judged.wait) return Step::wait_for_group;
  if (judged.denied) return deny_judged_query(judged, outcome.cache_hit);
  if (limited) {
    deny_query(ReplyTracker::Request::query, *limited, {});
    return Step::next;
  }
  if (!admission) {
    return refuse_unaudited_query(ReplyTracker::Request::query, judged.judgements, outcome.cache_hit);
  }
  if (!core_.server) return Step::need_server;
  if (started == Start::wait) return Step::need_place;
  if (started == Start::refused) {
    refuse_query(frame, start_refusal());
    return Step::next;
  }
  if (const std::optional<Step> held = hold_query(*query, payload, outcome, judged, *admission)) return *held;
  send_query(frame, payload, outcome, judged, *admission);
  return Step::next;
}

void RequestHandler::send_query(std::string_view frame, std::uint32_t payload,
                                const pipeline::TextAnalyzer::Outcome& outcome, JudgedQuery& judged,
                                Admission admission) {
  if (mapper_.active()) {
    mapper_.before_query(mentions_);
    core_.settings_unsettled = core_.settings_unsettled || changes_settings_;
    for (const auto& [statement, defines] : judged.changes) mapper_.expect_effects(payload, *statement, defines);
  }
  core_.unseen_code = core_.unseen_code || executes_unseen_;
  InFlight& flight = core_.journal.flight(payload);
  flight.kind = InFlight::Kind::query;
  flight.analysis = outcome.analysis;
  flight.arrival = arrival_;
  flight.statements.reserve(judged.judgements.size());
  for (std::size_t i = 0; i < judged.judgements.size(); ++i) {
    JudgementPtr& judgement = judged.judgements[i];
    core_.note_sending(&outcome.analysis->statements[i], *judgement);
    flight.statements.emplace_back(core_.journal.audit(), std::move(judgement), audit::Protocol::simple,
                                   in_transaction(), arrival_, outcome.cache_hit);
    flight.statements.back().set_admission(admission);
    flight.statements.back().sent();
  }
  if (!flight.statements.empty()) flight.statements.front().add_bytes(frame.size(), 0);
  core_.dropped_syncs = 0;
  core_.copy_data_sent = false;
  const bool copies = std::ranges::any_of(outcome.analysis->statements, [](const pipeline::Statement& statement) {
    return statement.copy == pipeline::CopyDirection::from_stdin;
  });
  const bool sent = copies ? core_.tracker.push_copy_in(ReplyTracker::Request::query, payload)
                           : core_.tracker.push(ReplyTracker::Request::query, Treatment::forward, payload);
  if (sent) forward(frame);
}

}  // namespace sqlproxy::frontend
