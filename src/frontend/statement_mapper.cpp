#include "frontend/statement_mapper.hpp"

#include <algorithm>
#include <utility>

#include "core/identifier.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::PreparedAction;
using Request = wire::ReplyTracker::Request;
using Treatment = wire::ReplyTracker::Treatment;

// A statement that is parsed for its errors.
constexpr std::string_view kTrial = "sql-proxy_trial";

// The text refers to names of prepared statements, or makes or removes them.
bool refers_to_names(const PreparedStatement& prepared) {
  const pipeline::Statement* statement = prepared.statement();
  return statement != nullptr && statement->prepared.kind != PreparedAction::Kind::none;
}

bool is_catalog(const pipeline::QualifiedName& name) {
  return name.schema.empty() || name.schema == "pg_catalog";
}

}  // namespace

bool StatementMapper::reads_names(const pipeline::Statement& statement) {
  const auto is_view = [](const pipeline::ObjectRef& object) {
    return object.kind == pipeline::ObjectKind::relation && object.name.name == "pg_prepared_statements" &&
           is_catalog(object.name);
  };
  const auto is_function = [](const pipeline::FunctionRef& function) {
    return function.name.name == "pg_prepared_statement" && is_catalog(function.name);
  };
  return std::ranges::any_of(statement.objects, is_view) || std::ranges::any_of(statement.functions, is_function);
}

std::uint64_t StatementMapper::client() {
  if (client_ == 0) client_ = core_.statement_store->next_client();
  return client_;
}

backend::SharedStatementPtr StatementMapper::identity(const PreparedStatement& prepared, std::string_view text,
                                                      std::string_view parameter_types) {
  // Its columns are those of the client's own statement of that name; or nobody knows under which settings it is read.
  if (refers_to_names(prepared) || core_.settings_unsettled) {
    return core_.statement_store->make_private(text, parameter_types);
  }
  return core_.statement_store->intern(text, parameter_types, core_.settings_fingerprint);
}

void StatementMapper::identify(PreparedStatement& prepared, const wire::Parse& parse) {
  const std::string_view types = parse.parameter_types.wire();
  prepared.number = ++last_number_;
  prepared.ddl_epoch = core_.route->catalog->ddl_epoch();
  prepared.source = parse.statement.empty() ? backend::StatementStore::make_nameless(parse.text, types)
                                            : identity(prepared, parse.text, types);
}

void StatementMapper::identify_prepare(PreparedStatement& prepared, std::string_view text) {
  prepares_by_sql_ = true;
  prepared.number = ++last_number_;
  prepared.ddl_epoch = core_.route->catalog->ddl_epoch();
  prepared.source = backend::StatementStore::make_nameless(text, {});
}

void StatementMapper::mention(const pipeline::Statement& statement, Mentions& mentions) {
  if (reads_names(statement)) mentions.all = true;
  switch (statement.prepared.kind) {
    case PreparedAction::Kind::none:
    case PreparedAction::Kind::deallocate_all: return;
    case PreparedAction::Kind::execute: return mention(statement.prepared.name, mentions);
    case PreparedAction::Kind::deallocate: (void)mention_name(statement.prepared.name, mentions); return;
    case PreparedAction::Kind::prepare: break;
  }
  Mention& made = mention_name(statement.prepared.name, mentions);
  // What another client's code has made under that name is nobody's to find.
  if (core_.server && !made.statement && server().may_have_unseen()) made.must_be_absent = true;
}

StatementMapper::Mention& StatementMapper::mention_name(std::string_view name, Mentions& mentions) {
  const std::string_view key = core::truncate_hash_key(name);
  const auto [entry, added] = mentions.names.try_emplace(std::string(key));
  if (added) entry->second.statement = core_.journal.statements().find(key).statement;
  return entry->second;
}

void StatementMapper::mention(std::string_view name, Mentions& mentions) {
  // EXECUTE of a statement that is itself an EXECUTE, and so on; names come once each, so this ends.
  for (;;) {
    Mention& run = mention_name(name, mentions);
    if (std::exchange(run.is_run, true)) return;
    const pipeline::Statement* text = run.statement ? run.statement->statement() : nullptr;
    if (text == nullptr) return;
    if (reads_names(*text)) mentions.all = true;
    if (run.statement->by_sql || text->prepared.kind != PreparedAction::Kind::execute) return;
    name = text->prepared.name;
  }
}

bool StatementMapper::elsewhere(std::uint32_t unconfirmed_group) const {
  return unconfirmed_group != 0 && unconfirmed_group != core_.tracker.current_group();
}

bool StatementMapper::must_wait(const Mentions& mentions) {
  NameRegistry& names = core_.journal.statements();
  if (mentions.all && must_wait_for_all()) return true;
  return std::ranges::any_of(mentions.names, [&](const auto& entry) {
    return elsewhere(names.find(entry.first).unconfirmed_group) ||
           elsewhere(server().find(entry.first).unconfirmed_group);
  });
}

bool StatementMapper::must_wait_for_all() {
  return elsewhere(core_.journal.statements().newest_group()) || elsewhere(server().newest_group());
}

bool StatementMapper::must_wait_to_parse(const PreparedStatement& prepared) {
  const std::string& name = prepared.source->server_name;
  return !name.empty() && elsewhere(server().find(name).unconfirmed_group);
}

bool StatementMapper::must_wait_to_use(PreparedStatement& prepared, std::string_view name) {
  if (!prepared.source->server_name.empty()) {
    const auto there = server().find(prepared.source->server_name);
    if (is_usable(there.value, prepared)) return elsewhere(there.unconfirmed_group);
    // It is going to be analysed under the settings of now, so it is not what others share under those of then.
    const std::uint64_t settings =
        core_.settings_unsettled ? backend::SharedStatement::kPrivate : core_.settings_fingerprint;
    if (prepared.source->settings != settings && !refers_to_names(prepared)) {
      prepared.source = identity(prepared, prepared.source->text, prepared.source->parameter_types);
    }
    return elsewhere(server().find(prepared.source->server_name).unconfirmed_group) || must_wait_to_close(name);
  }
  const auto there = server().find("");
  if (is_usable(there.value, prepared)) return elsewhere(there.unconfirmed_group);
  // A Query under way drops the client's unnamed statement: then there is nothing to be put back.
  return core_.tracker.resolved_group() + 1 != core_.tracker.current_group();
}

bool StatementMapper::must_wait_to_close(std::string_view name) {
  return elsewhere(server().find(core::truncate_hash_key(name)).unconfirmed_group);
}

bool StatementMapper::is_usable(const Occupant* occupant, const PreparedStatement& prepared) const {
  return occupant != nullptr && occupant->client == 0 && occupant->statement == prepared.source &&
         !occupant->worn_out && occupant->ddl_epoch >= prepared.ddl_epoch;
}

bool StatementMapper::is_own_name(const Occupant& occupant, const PreparedStatement& prepared) {
  return occupant.client == client() && occupant.statement == prepared.source && !occupant.worn_out;
}

// In a failed transaction PostgreSQL refuses a Parse. With nothing under way before this batch it is known that there
// is none, and an error within the batch has the answer skipped.
bool StatementMapper::may_answer_parse() const {
  return core_.tracker.status() != wire::TransactionStatus::failed &&
         core_.tracker.resolved_group() + 1 == core_.tracker.current_group();
}

void StatementMapper::make_room() {
  if (const std::string victim = server().victim(); !victim.empty()) provider_.close(victim);
}

void StatementMapper::parse(std::uint32_t payload, const PreparedStatement& prepared, std::string_view frame) {
  const backend::SharedStatement& source = *prepared.source;
  Occupant made = provider_.occupant_of(prepared, 0);
  if (source.server_name.empty()) {
    server().expect(payload, core_.tracker.current_group(), Change::define, "", std::move(made));
    if (core_.tracker.push(Request::parse, Treatment::forward, payload)) to_server_.relay(frame);
    return;
  }
  const auto there = server().use(source.server_name);
  if (is_usable(there.value, prepared) && may_answer_parse()) {
    std::string answer;
    wire::append_message(answer, wire::BackendType::ParseComplete);
    core_.tracker.push(Request::parse, Treatment::answer, payload, std::move(answer));
    return;
  }
  if (there.value != nullptr) {
    provider_.close(source.server_name);
  } else {
    make_room();
  }
  server().expect(payload, core_.tracker.current_group(), Change::define, source.server_name, std::move(made));
  if (!core_.tracker.push(Request::parse, Treatment::forward, payload)) return;
  provider_.send(wire::Parse{
      .statement = source.server_name, .text = source.text, .parameter_types = wire::OidList(source.parameter_types)});
}

void StatementMapper::parse_in_vain(const PreparedPtr& prepared) {
  if (server().find(kTrial).value != nullptr) provider_.close(kTrial);
  provider_.parse(kTrial, prepared, provider_.occupant_of(*prepared, client()));
}

std::string_view StatementMapper::require(const PreparedPtr& prepared, std::string_view name) {
  // It was put there by the name: the message refers to it like SQL does.
  if (prepared->by_sql) return name;
  const std::string& server_name = prepared->source->server_name;
  const auto there = server().use(server_name);
  if (is_usable(there.value, *prepared)) return server_name;
  if (!server_name.empty()) {
    const auto own = server().use(core::truncate_hash_key(name));
    if (own.value != nullptr && is_own_name(*own.value, *prepared)) return name;
    if (there.value != nullptr) {
      provider_.close(server_name);
    } else {
      make_room();
    }
  }
  provider_.parse(server_name, prepared, provider_.occupant_of(*prepared, 0));
  return server_name;
}

void StatementMapper::close(std::uint32_t payload, std::string_view name, std::string_view frame) {
  const std::string_view key = core::truncate_hash_key(name);
  const auto there = server().find(key);
  // What the server has under the client's name is the client's: the shared statement stays.
  if (key.empty() || (there.value != nullptr && there.value->client == client())) {
    server().expect(payload, core_.tracker.current_group(), Change::remove, key);
    if (core_.tracker.push(Request::close, Treatment::forward, payload)) to_server_.relay(frame);
    return;
  }
  std::string answer;
  wire::append_message(answer, wire::BackendType::CloseComplete);
  core_.tracker.push(Request::close, Treatment::answer, payload, std::move(answer));
}

void StatementMapper::expect_effects(std::uint32_t payload, const pipeline::Statement& statement,
                                     const PreparedPtr& defines) {
  const std::uint32_t group = core_.tracker.current_group();
  if (statement.changes_catalog) core_.route->catalog->note_ddl();
  if (statement.discard == pipeline::DiscardAction::all) {
    server().expect(payload, group, Change::remove_all, {});
    return;
  }
  const std::string_view name = core::truncate_hash_key(statement.prepared.name);
  switch (statement.prepared.kind) {
    case PreparedAction::Kind::none:
    case PreparedAction::Kind::execute: break;
    case PreparedAction::Kind::prepare:
      server().expect(payload, group, Change::define, name, provider_.occupant_of(*defines, client()));
      break;
    case PreparedAction::Kind::deallocate: server().expect(payload, group, Change::remove, name); break;
    case PreparedAction::Kind::deallocate_all: server().expect(payload, group, Change::remove_all, {}); break;
  }
}

}  // namespace sqlproxy::frontend
