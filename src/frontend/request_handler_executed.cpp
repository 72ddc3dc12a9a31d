// Verdicts on what a statement runs that its text does not hold: EXECUTE and FETCH.

#include "core/identifier.hpp"
#include "frontend/request_handler.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::PreparedAction;

// EXECUTE of a statement that is itself an EXECUTE, and so on.
constexpr int kMaxNestedExecutes = 16;

core::Error unknown_prepared_statement(const std::string& name) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidSqlStatementName,
                          "prepared statement \"" + name + "\" does not exist");
}

core::Error too_deep() {
  return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kStatementTooComplex,
                          "stack depth limit exceeded", "Prepared statements execute one another too deeply.");
}

// Only Parse makes statements of these; EXECUTE of one would change names or end the transaction under a text that does
// not say so.
bool is_out_of_reach(const PreparedStatement& prepared) {
  const pipeline::Statement* text = prepared.by_sql ? nullptr : prepared.statement();
  if (text == nullptr) return false;
  using Kind = PreparedAction::Kind;
  return (text->prepared.kind != Kind::none && text->prepared.kind != Kind::execute) ||
         text->discard == pipeline::DiscardAction::all ||
         text->transaction.kind != pipeline::TransactionControl::Kind::none;
}

core::Error out_of_reach(const pipeline::Statement& text) {
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInsufficientPrivilege,
                          "EXECUTE of a prepared " + text.sub_type + " is not accepted", {},
                          "Send the statement itself, or execute it by the protocol.");
}

bool fetches(const pipeline::Statement& statement) {
  using Kind = pipeline::CursorAction::Kind;
  return statement.cursor.kind == Kind::fetch || statement.cursor.kind == Kind::move;
}

}  // namespace

JudgementPtr RequestHandler::judge_executed(const std::string& name, const JudgementPtr& own, bool& wait) {
  const NameRegistry::Found found = core_.journal.statements().find(name);
  if (unconfirmed(found.unconfirmed_group)) {
    wait = true;
    return own;
  }
  // Parse may give the text "EXECUTE x" the name x: such chains have no end, and the server's stack limit is not ours.
  if (nested_executes_ >= kMaxNestedExecutes && unknown_executed_ == UnknownExecuted::ignore) return own;
  if (nested_executes_ >= kMaxNestedExecutes) return core_.gate.deny(own, too_deep(), "EXECUTE of EXECUTE too deep");
  if (!found.statement) {
    if (unknown_executed_ == UnknownExecuted::deny) {
      return core_.gate.deny(own, unknown_prepared_statement(name), "unknown prepared statement");
    }
    if (unknown_executed_ == UnknownExecuted::close) {
      mentions_.names[std::string(core::truncate_hash_key(name))].must_be_absent = true;
    }
    return own;
  }
  if (is_out_of_reach(*found.statement)) {
    return core_.gate.deny(own, out_of_reach(*found.statement->statement()), "EXECUTE of such a statement");
  }
  ++nested_executes_;
  const JudgementPtr executed = current_judgement(found.statement, wait);
  --nested_executes_;
  const pipeline::Statement* statement = found.statement->statement();
  if (statement != nullptr && SessionScope::changes_path(*statement)) core_.journal.scope().lose_path();
  if (statement != nullptr) core_.journal.scope().note_executed(*statement);
  if (const Judgement* newest = found.statement->judgement.get()) {
    executes_unseen_ =
        executes_unseen_ || (found.statement->by_sql ? newest->executed_effects.opaque : newest->effects.opaque);
  }
  if (!executed) return own;
  if (found.statement->index && !found.statement->by_sql) {
    core_.note_declared(found.statement->analysis, *found.statement->index, executed);
  }
  return StatementGate::with_executed(own, executed);
}

JudgementPtr RequestHandler::judge_fetched(const std::string& name, const JudgementPtr& own, bool& wait) {
  const NameRegistry::Found portal = core_.journal.portals().find(core::truncate_hash_key(name));
  if (unconfirmed(portal.unconfirmed_group)) {
    wait = true;
    return own;
  }
  if (!portal.statement) return core_.journal.cursors().judge(core::truncate_hash_key(name), own, core_.gate);
  // The portal may be one of a FETCH from a portal, and so on.
  if (nested_executes_ >= kMaxNestedExecutes) return core_.gate.deny(own, too_deep(), "FETCH of FETCH too deep");
  ++nested_executes_;
  const JudgementPtr fetched = current_judgement(portal.statement, wait);
  --nested_executes_;
  return fetched ? StatementGate::with_executed(own, fetched) : own;
}

JudgementPtr RequestHandler::current_judgement(const PreparedPtr& prepared, bool& wait) {
  SessionScope& scope = core_.journal.scope();
  if (!prepared->index) {
    // Null for an empty query.
    if (prepared->judgement && prepared->epoch != core_.gate.epoch(scope.version())) {
      prepared->judgement = core_.gate.rejudge_unparsed(*prepared->judgement, scope);
      prepared->epoch = core_.gate.epoch(scope.version());
    }
    return prepared->judgement;
  }
  if (unconfirmed(scope.unconfirmed_group())) {
    wait = true;
    return prepared->judgement;
  }
  const std::uint64_t epoch = core_.gate.epoch(scope.version());
  if (prepared->epoch != epoch) {
    prepared->judgement =
        core_.gate.rejudge(*prepared->judgement, *prepared->analysis, *prepared->index, scope.predicted());
    prepared->epoch = epoch;
  }
  return with_what_it_runs(*prepared->statement(), prepared->judgement, wait);
}

JudgementPtr RequestHandler::with_what_it_runs(const pipeline::Statement& statement, const JudgementPtr& own,
                                               bool& wait) {
  if (!own->allowed()) return own;
  if (fetches(statement)) return judge_fetched(statement.cursor.name, own, wait);
  if (statement.prepared.kind != PreparedAction::Kind::execute) return own;
  return judge_executed(statement.prepared.name, own, wait);
}

}  // namespace sqlproxy::frontend
