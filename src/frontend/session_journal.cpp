#include "frontend/session_journal.hpp"

#include <algorithm>

#include "audit/redacted_text.hpp"
#include "core/identifier.hpp"
#include "frontend/session_meter.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/command_complete.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::PreparedAction;
using pipeline::Statement;

// True for statements that change what names of prepared statements stand for. EXECUTE does not.
bool changes_names(const Statement& statement) {
  const auto kind = statement.prepared.kind;
  return kind == PreparedAction::Kind::prepare || kind == PreparedAction::Kind::deallocate ||
         kind == PreparedAction::Kind::deallocate_all || statement.discard == pipeline::DiscardAction::all;
}

// With more than these a session keeps its connection to itself.
constexpr std::size_t kMaxCustomSettings = 200;

bool resets_settings(const Statement& statement) {
  using Kind = pipeline::SettingChange::Kind;
  return statement.discard == pipeline::DiscardAction::all ||
         std::ranges::any_of(statement.settings, [](const pipeline::SettingChange& change) {
           return change.kind == Kind::reset || change.kind == Kind::reset_all;
         });
}

bool fetches(const Statement& statement) {
  return statement.cursor.kind == pipeline::CursorAction::Kind::fetch ||
         statement.cursor.kind == pipeline::CursorAction::Kind::move;
}

bool ends_transaction(const Statement& statement) {
  return statement.transaction.kind == pipeline::TransactionControl::Kind::commit ||
         statement.transaction.kind == pipeline::TransactionControl::Kind::rollback;
}

// Rows of these commands are changed, of others returned.
bool changes_rows(std::string_view command) {
  return command == "INSERT" || command == "UPDATE" || command == "DELETE" || command == "MERGE";
}

}  // namespace

SessionJournal::SessionJournal(std::shared_ptr<const pipeline::NameScope> initial_scope,
                               std::shared_ptr<backend::CatalogSlot> catalog, std::function<void()> on_group_end)
    : slots_(1),
      scope_(std::move(initial_scope)),
      catalog_(std::move(catalog)),
      on_group_end_(std::move(on_group_end)),
      server_statements_([] { return nullptr; }) {}

std::uint32_t SessionJournal::open(InFlight&& flight) {
  if (audit_.meter != nullptr && flight.kind == InFlight::Kind::parse) audit_.meter->count_parse();
  if (audit_.meter != nullptr && flight.kind == InFlight::Kind::bind) audit_.meter->count_bind();
  if (free_.empty()) {
    slots_.push_back(std::move(flight));
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t payload = free_.back();
  free_.pop_back();
  slots_[payload] = std::move(flight);
  return payload;
}

void SessionJournal::release(std::uint32_t payload) {
  if (payload == 0) return;
  // What it holds goes; open() writes over the rest. A new object in its place would cost several times as much.
  InFlight& done = slots_[payload];
  done.kind = InFlight::Kind::denial;
  done.statements.clear();
  done.analysis.reset();
  done.prepared.reset();
  done.provides.reset();
  free_.push_back(payload);
}

bool SessionJournal::is_own(std::uint32_t payload) const {
  const InFlight::Kind kind = slots_[payload].kind;
  return payload != 0 && (kind == InFlight::Kind::own_replay || kind == InFlight::Kind::own_probe ||
                          kind == InFlight::Kind::own_hand_over);
}

OwnQuery SessionJournal::own_query(std::uint32_t payload) const {
  switch (slots_[payload].kind) {
    case InFlight::Kind::own_probe: return OwnQuery::probe;
    case InFlight::Kind::own_hand_over: return OwnQuery::hand_over;
    default: return OwnQuery::replay;
  }
}

void SessionJournal::note_custom_setting(const std::string& name) {
  if (std::ranges::find(custom_settings_, name) != custom_settings_.end()) return;
  if (custom_settings_.size() < kMaxCustomSettings) {
    custom_settings_.push_back(name);
  } else {
    left_behind_.lasting = true;
  }
}

void SessionJournal::note_left_behind(const pipeline::SessionEffects& effects) {
  left_behind_ |= effects.flags();
  for (const std::string& name : effects.custom_settings) note_custom_setting(name);
}

// Also of what has failed: an error takes back settings, but neither locks nor libraries.
void SessionJournal::note_left_behind(const InFlight& flight, std::size_t index) {
  if (index < flight.statements.size() && flight.statements[index]) {
    note_left_behind(flight.statements[index].judgement()->effects);
  }
  if (flight.prepared && flight.prepared->judgement) note_left_behind(flight.prepared->judgement->effects);
  const Statement* statement = statement_of(flight, index);
  if (statement == nullptr || statement->prepared.kind != PreparedAction::Kind::execute) return;
  const PreparedPtr executed = statements_.find(statement->prepared.name).statement;
  if (executed && executed->judgement) {
    note_left_behind(executed->by_sql ? executed->judgement->executed_effects : executed->judgement->effects);
  } else {
    left_behind_ |= pipeline::kOpaque;
  }
}

void SessionJournal::confirm_names(std::uint32_t payload) {
  statements_.confirm(payload);
  portals_.confirm(payload);
  if (backend::ServerStatements* server = server_statements_()) server->confirm(payload);
}

void SessionJournal::forget_names(std::uint32_t payload) {
  statements_.forget(payload);
  portals_.forget(payload);
  if (backend::ServerStatements* server = server_statements_()) server->forget(payload);
}

void SessionJournal::withdraw(std::uint32_t payload) {
  forget_names(payload);
  scope_.forget(payload);
  release(payload);
}

void SessionJournal::expect_effects(std::uint32_t payload, std::uint32_t group, const Statement& statement,
                                    const PreparedPtr& defines) {
  using Change = NameRegistry::Change;
  if (SessionScope::concerns(statement)) scope_.expect(payload, group, statement);
  if (fetches(statement)) {
    // FETCH runs a portal that a Bind has made as well as a cursor of SQL.
    const PreparedPtr fetched = portals_.find(statement.cursor.name).statement;
    if (fetched && fetched->statement() != nullptr && SessionScope::changes_path(*fetched->statement())) {
      scope_.lose_path();
    }
  }
  if (!changes_names(statement)) return;
  switch (statement.prepared.kind) {
    case PreparedAction::Kind::prepare:
      statements_.expect(payload, group, Change::define, statement.prepared.name, defines);
      break;
    case PreparedAction::Kind::deallocate:
      statements_.expect(payload, group, Change::remove, statement.prepared.name);
      break;
    default: statements_.expect(payload, group, Change::remove_all, {}); break;
  }
}

AuditedStatement SessionJournal::resume(const std::string& portal) {
  const auto found = suspended_.find(portal);
  if (found == suspended_.end()) return {};
  AuditedStatement statement = std::move(found->second);
  suspended_.erase(found);
  return statement;
}

const Statement* SessionJournal::statement_of(const InFlight& flight, std::size_t index) {
  if (flight.analysis)
    return index < flight.analysis->statements.size() ? &flight.analysis->statements[index] : nullptr;
  return flight.prepared ? flight.prepared->statement() : nullptr;
}

bool SessionJournal::committing(const wire::ReplyTracker& tracker) const {
  if (tracker.empty() || tracker.head().payload == 0) return false;
  const InFlight& flight = slots_[tracker.head().payload];
  const Statement* statement =
      flight.kind == InFlight::Kind::own_message ? nullptr : statement_of(flight, flight.current);
  return statement != nullptr && statement->transaction.kind == pipeline::TransactionControl::Kind::commit;
}

void SessionJournal::abandon() {
  suspended_.clear();
  for (InFlight& flight : slots_) flight = InFlight{};
}

void SessionJournal::finish_statement(InFlight& flight, std::size_t index, std::string_view tag) {
  if (index >= flight.statements.size() || !flight.statements[index]) return;
  AuditedStatement& statement = flight.statements[index];
  statement.add_rows(rows_);
  statement.add_bytes(0, bytes_out_);
  rows_ = bytes_out_ = 0;
  const auto command = wire::CommandComplete::from_tag(tag);
  if (command.command == "COPY") {
    statement.set_protocol(audit::Protocol::copy);
    const Statement* text = statement_of(flight, index);
    const bool in = text != nullptr && text->type == pipeline::StatementType::copy_from;
    statement.complete(in ? std::nullopt : command.rows, in ? command.rows : std::nullopt);
  } else {
    statement.complete(std::nullopt, changes_rows(command.command) ? command.rows : std::nullopt);
  }
  statement.submit();
}

void SessionJournal::close_cursors(const Statement& statement) {
  using Kind = pipeline::CursorAction::Kind;
  if (statement.cursor.kind == Kind::close) cursors_.close(core::truncate_hash_key(statement.cursor.name));
  if (statement.cursor.kind == Kind::close_all || statement.discard == pipeline::DiscardAction::all) {
    cursors_.close_all();
  }
}

void SessionJournal::apply_effects(std::uint32_t payload, const Statement& statement, std::string_view tag) {
  if (SessionScope::concerns(statement)) scope_.confirm(payload, tag == "ROLLBACK");
  if (changes_names(statement)) confirm_names(payload);
  close_cursors(statement);
  if (statement.changes_catalog) {
    catalog_changed_ = true;
    catalog_->note_ddl();
  }
  settings_reset_ |= resets_settings(statement);
  if (!ends_transaction(statement)) return;
  // An error after COMMIT in the same message does not undo what was committed.
  group_failed_ = false;
  // Behind COMMIT AND CHAIN the session need not become idle.
  announce_ddl();
}

// Only what is committed can be seen by the connection that loads the catalog.
void SessionJournal::announce_ddl() {
  if (!catalog_changed_) return;
  catalog_->note_ddl();
  catalog_->request_refresh();
  catalog_changed_ = false;
}

void SessionJournal::on_result(const wire::ReplyTracker::Entry& entry, wire::ReplyTracker::Result result,
                               std::string_view body) {
  using Result = wire::ReplyTracker::Result;
  if (entry.payload == 0 || is_own(entry.payload)) return;
  InFlight& flight = slots_[entry.payload];
  if (flight.kind == InFlight::Kind::own_savepoint) return;
  if (flight.kind == InFlight::Kind::own_message) {
    confirm_names(entry.payload);
    return release(entry.payload);
  }
  const auto complete = wire::CommandComplete::decode(body);
  const std::string_view tag = result == Result::command_complete && complete ? complete->tag : std::string_view();
  const std::size_t index = flight.kind == InFlight::Kind::query ? flight.current++ : 0;
  const Statement* statement = statement_of(flight, index);
  note_left_behind(flight, index);
  if (index < flight.statements.size() && flight.statements[index] && flight.statements[index].judgement()->unparsed) {
    scope_.lose_path();
  }
  if (result == Result::portal_suspended && flight.statements.empty()) {
    // A cursor's portal: its statement is audited by its DECLARE.
    rows_ = bytes_out_ = 0;
  } else if (result == Result::portal_suspended) {
    AuditedStatement& audited = flight.statements.front();
    audited.add_rows(rows_);
    audited.add_bytes(0, bytes_out_);
    rows_ = bytes_out_ = 0;
    // Should the client never fetch the rest, what it has got so far is what the event says.
    audited.complete(std::nullopt, std::nullopt);
    suspended_[flight.name] = std::move(audited);
  } else {
    // The portals end with the transaction, and their events come before its own.
    if (statement != nullptr && ends_transaction(*statement)) suspended_.clear();
    finish_statement(flight, index, tag);
  }
  if (statement != nullptr) {
    apply_effects(entry.payload, *statement, tag);
    // With the rest of its rows it may change the path again, or not.
    if (result == Result::portal_suspended && SessionScope::changes_path(*statement)) scope_.lose_path();
  }
  if (flight.kind != InFlight::Kind::query) release(entry.payload);
}

void SessionJournal::on_success(const wire::ReplyTracker::Entry& entry) {
  using wire::ReplyTracker;
  const bool parsed =
      entry.request == ReplyTracker::Request::parse && entry.treatment != ReplyTracker::Treatment::answer;
  if (audit_.meter != nullptr && parsed) audit_.meter->count_server_parse();
  if (entry.payload == 0) return;
  InFlight& flight = slots_[entry.payload];
  // Parsing and planning run code as well.
  note_left_behind(flight, 0);
  switch (flight.kind) {
    case InFlight::Kind::bind:
      // Binding the same name again ends the portal of before.
      suspended_.erase(flight.name);
      [[fallthrough]];
    case InFlight::Kind::parse:
    case InFlight::Kind::close: confirm_names(entry.payload); break;
    case InFlight::Kind::own_message:
      if (flight.provides) flight.provides->failed_epoch = 0;
      confirm_names(entry.payload);
      break;
    case InFlight::Kind::function_call:
      finish_statement(flight, 0, "");
      // Its ReadyForQuery is still to come and carries the payload.
      return;
    default: break;
  }
  release(entry.payload);
}

void SessionJournal::own_row(std::uint32_t payload, std::string_view body) {
  if (own_queries_ != nullptr && is_own(payload)) own_queries_->on_own_row(own_query(payload), body);
}

void SessionJournal::on_failure(const wire::ReplyTracker::Entry& entry, std::string_view body) {
  if (is_own(entry.payload)) {
    if (own_queries_ != nullptr) own_queries_->on_own_error(own_query(entry.payload), body);
    return;
  }
  const bool is_query = entry.request == wire::ReplyTracker::Request::query;
  const bool on_its_own = entry.treatment == wire::ReplyTracker::Treatment::swallow;
  // Of a batch of the proxy's own the client's transaction knows nothing.
  if (!on_its_own) group_failed_ = true;
  if (entry.payload == 0) return;
  InFlight& flight = slots_[entry.payload];
  auto error = wire::ErrorResponse::decode_prefix(body);
  if (flight.kind == InFlight::Kind::own_savepoint) return;
  if (flight.kind == InFlight::Kind::own_message) note_own_failure(entry, error, body);
  explanation_.clear();
  if (const std::string* reason = is_query ? missing_names_.reason_of(error) : nullptr) {
    // It was a whole message when it came.
    (void)wire::append_message(explanation_, wire::BackendType::ErrorResponse, *reason);
    error = wire::ErrorResponse::decode_prefix(*reason);
  }
  const core::SqlState sqlstate = error.sqlstate();
  if (flight.statements.empty() && flight.prepared && flight.prepared->judgement) {
    // A Parse, Bind or Describe that failed: the statement got no further than this.
    flight.statements.emplace_back(audit_, flight.prepared->judgement, audit::Protocol::extended, false, flight.arrival,
                                   flight.prepared->cache_hit);
    flight.current = 0;
  }
  const std::size_t index = flight.kind == InFlight::Kind::query ? flight.current : 0;
  // Of a text with a syntax error nothing is executed.
  if (sqlstate != core::sqlstate::kSyntaxError) note_left_behind(flight, index);
  if (index < flight.statements.size() && flight.statements[index]) {
    AuditedStatement& statement = flight.statements[index];
    statement.add_rows(rows_);
    statement.add_bytes(0, bytes_out_);
    statement.fail(sqlstate, audit::redact_error(sqlstate, error.message()));
    statement.submit();
  }
  rows_ = bytes_out_ = 0;
  for (std::size_t i = index + 1; i < flight.statements.size(); ++i) flight.statements[i].discard();
  // A Parse of the unnamed statement drops the old one even when it fails. The client has not sent one of our own.
  backend::ServerStatements* server = server_statements_();
  if (flight.drops_unnamed && flight.kind != InFlight::Kind::own_message) statements_.remove_now("");
  if (flight.drops_unnamed && server != nullptr) server->forget_unnamed();
  note_worn_out(entry, error);
  forget_names(entry.payload);
  scope_.forget(entry.payload);
  const bool more_to_come = is_query || entry.request == wire::ReplyTracker::Request::function_call;
  if (!more_to_come) release(entry.payload);
}

void SessionJournal::note_own_failure(const wire::ReplyTracker::Entry& entry, const wire::ErrorResponse& error,
                                      std::string_view body) {
  const InFlight& flight = slots_[entry.payload];
  own_failed_ = own_failed_ || entry.treatment == wire::ReplyTracker::Treatment::swallow_success;
  // It says nothing about the statement.
  if (error.sqlstate() == core::sqlstate::kInFailedSqlTransaction || error.ends_session() || !flight.provides) return;
  flight.provides->failed_epoch = catalog_->ddl_epoch() + 1;
  if (entry.treatment == wire::ReplyTracker::Treatment::swallow) missing_names_.note(flight.name, body);
}

// The server's copy of a statement whose columns are not what they were: it says so each time that it is used.
void SessionJournal::note_worn_out(const wire::ReplyTracker::Entry& entry, const wire::ErrorResponse& error) {
  using Request = wire::ReplyTracker::Request;
  if (entry.request != Request::bind && entry.request != Request::describe) return;
  const PreparedPtr& prepared = slots_[entry.payload].prepared;
  if (!prepared || !prepared->source || error.sqlstate() != core::sqlstate::kFeatureNotSupported) return;
  if (error.find(wire::ErrorField::Routine) != "RevalidateCachedQuery") return;
  if (backend::ServerStatements* server = server_statements_()) server->wear_out(prepared->source->server_name);
}

void SessionJournal::on_skip(const wire::ReplyTracker::Entry& entry) {
  if (entry.payload == 0) return;
  if (entry.first_part) first_part_ = FirstPart::failed;
  for (AuditedStatement& statement : slots_[entry.payload].statements) statement.discard();
  withdraw(entry.payload);
}

void SessionJournal::on_ready(const wire::ReplyTracker::Entry& entry, wire::TransactionStatus status) {
  if (is_own(entry.payload)) {
    const OwnQuery query = own_query(entry.payload);
    release(entry.payload);
    portals_.remove_now("");
    if (backend::ServerStatements* server = server_statements_()) server->forget_unnamed();
    if (own_queries_ != nullptr) own_queries_->on_own_end(query);
    return on_group_end_();
  }
  if (slots_[entry.payload].kind == InFlight::Kind::own_savepoint) {
    release(entry.payload);
    if (backend::ServerStatements* server = server_statements_()) server->forget_unnamed();
    return on_group_end_();
  }
  if (entry.first_part) first_part_ = entry.failed ? FirstPart::failed : FirstPart::done;
  if (entry.request == wire::ReplyTracker::Request::query) {
    missing_names_.clear();
    // Whatever it says, a Query drops the unnamed statement and the unnamed portal.
    statements_.remove_now("");
    portals_.remove_now("");
    if (backend::ServerStatements* server = server_statements_()) server->forget_unnamed();
  }
  if (entry.payload != 0) withdraw(entry.payload);
  scope_.on_ready(status, group_failed_, catalog_->newest_load());
  group_failed_ = settings_reset_ = false;
  rows_ = bytes_out_ = 0;
  if (status == wire::TransactionStatus::idle) {
    if (audit_.meter != nullptr) audit_.meter->note_idle();
    portals_.clear_now();
    cursors_.on_idle(entry.group);
    suspended_.clear();
    announce_ddl();
  }
  on_group_end_();
}

}  // namespace sqlproxy::frontend
