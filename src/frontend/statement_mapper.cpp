#include "frontend/statement_mapper.hpp"

#include <algorithm>
#include <vector>

#include "core/identifier.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/close.hpp"
#include "wire/messages/execute.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::PreparedAction;
using Request = wire::ReplyTracker::Request;

// The statement and the portal in which a PREPARE is repeated; closed at once.
constexpr std::string_view kCarrier = "sql-proxy_prepare";
// A statement that is parsed for its errors.
constexpr std::string_view kTrial = "sql-proxy_trial";

// A client that has more names than these does not see all of them in pg_prepared_statements, nor do functions.
constexpr std::size_t kMaxProvided = 10'000;

// The text refers to names of prepared statements, or makes or removes them.
bool refers_to_names(const PreparedStatement& prepared) {
  const pipeline::Statement* statement = prepared.statement();
  return statement != nullptr && statement->prepared.kind != PreparedAction::Kind::none;
}

bool is_catalog(const pipeline::QualifiedName& name) {
  return name.schema.empty() || name.schema == "pg_catalog";
}

// The statement shows the names themselves.
bool reads_names(const pipeline::Statement& statement) {
  const auto is_view = [](const pipeline::ObjectRef& object) {
    return object.kind == pipeline::ObjectKind::relation && object.name.name == "pg_prepared_statements" &&
           is_catalog(object.name);
  };
  const auto is_function = [](const pipeline::FunctionRef& function) {
    return function.name.name == "pg_prepared_statement" && is_catalog(function.name);
  };
  return std::ranges::any_of(statement.objects, is_view) || std::ranges::any_of(statement.functions, is_function);
}

}  // namespace

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
  prepared.ddl_epoch = core_.route->catalog->ddl_epoch();
  prepared.source = parse.statement.empty() ? backend::StatementStore::make_nameless(parse.text, types)
                                            : identity(prepared, parse.text, types);
}

void StatementMapper::identify_prepare(PreparedStatement& prepared, std::string_view text) {
  prepares_by_sql_ = true;
  prepared.ddl_epoch = core_.route->catalog->ddl_epoch();
  prepared.source = backend::StatementStore::make_nameless(text, {});
}

void StatementMapper::mention(const pipeline::Statement& statement, Mentions& mentions) {
  if (reads_names(statement)) mentions.all = true;
  switch (statement.prepared.kind) {
    case PreparedAction::Kind::none:
    case PreparedAction::Kind::deallocate_all: return;
    case PreparedAction::Kind::execute:
    case PreparedAction::Kind::deallocate: return mention(statement.prepared.name, mentions);
    case PreparedAction::Kind::prepare: break;
  }
  mention(statement.prepared.name, mentions);
  // What another client's code has made under that name is nobody's to find.
  Mention& made = mentions.names[std::string(core::truncate_hash_key(statement.prepared.name))];
  if (core_.server && !made.statement && server().may_have_unseen()) made.must_be_absent = true;
}

void StatementMapper::mention(std::string_view name, Mentions& mentions) {
  // EXECUTE of a statement that is itself an EXECUTE, and so on; names come once each, so this ends.
  for (;;) {
    const std::string_view key = core::truncate_hash_key(name);
    const auto [entry, added] = mentions.names.try_emplace(std::string(key));
    if (!added) return;
    const PreparedPtr& statement = entry->second.statement = core_.journal.statements().find(key).statement;
    const pipeline::Statement* text = statement ? statement->statement() : nullptr;
    if (text == nullptr) return;
    if (reads_names(*text)) mentions.all = true;
    if (statement->by_sql || text->prepared.kind != PreparedAction::Kind::execute) return;
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

void StatementMapper::before_query(const Mentions& mentions) {
  // What the client has begun goes on with its Query: nothing may end it.
  const bool begun = core_.tracker.batch_open();
  if (!settle_names(mentions, begun ? kInBatch : kOnTheirOwn) || begun) return;
  if (core_.tracker.push(Request::sync, Treatment::swallow)) {
    wire::append_message(to_server_.own(), wire::FrontendType::Sync);
  }
}

bool StatementMapper::settle_names(const Mentions& mentions, Treatment treatment) {
  // Nothing is executed, and a Sync of ours would end the client's skipping.
  if (core_.tracker.skipping()) return false;
  // Only COPY data may be sent; what the client does is its own mistake.
  if (core_.tracker.in_copy_in() && !core_.tracker.copy_end_sent()) return false;
  if (mentions.code || mentions.all) server().note_unseen_code();
  // In a failed transaction the server refuses whatever is sent in front, and what it is for.
  if (core_.tracker.status() == wire::TransactionStatus::failed) return false;
  bool sent = close_names_of_others();
  if (mentions.all) sent |= settle_all(treatment);
  if (mentions.code && prepares_by_sql_) sent |= settle_prepared_by_sql(treatment);
  sent |= settle_each(mentions, treatment);
  return sent;
}

bool StatementMapper::settle_each(const Mentions& mentions, Treatment treatment) {
  bool sent = false;
  for (const auto& [name, mention] : mentions.names) sent |= settle(name, mention, treatment);
  return sent;
}

bool StatementMapper::close_names_of_others() {
  if (!server().may_have_names_of_others(client())) return false;
  std::vector<std::string> others;
  server().for_each([&](std::string_view name, const Occupant& occupant, std::uint32_t /*group*/) {
    if (occupant.client != 0 && occupant.client != client()) others.emplace_back(name);
  });
  // A Close that is under way may yet be skipped.
  if (others.empty() && !server().has_expected()) server().belong_to(client());
  for (const std::string& name : others) close_own(name);
  return !others.empty();
}

bool StatementMapper::settle_all(Treatment treatment) {
  Mentions mentions;
  server().for_each([&](std::string_view name, const Occupant&, std::uint32_t) {
    if (!name.empty()) mentions.names.try_emplace(std::string(name));
  });
  core_.journal.statements().for_each([&](std::string_view name, const PreparedPtr& statement) {
    if (!name.empty() && mentions.names.size() < kMaxProvided) {
      mentions.names.insert_or_assign(std::string(name), Mention{statement});
    }
  });
  return settle_each(mentions, treatment);
}

bool StatementMapper::settle_prepared_by_sql(Treatment treatment) {
  Mentions mentions;
  core_.journal.statements().for_each([&](std::string_view name, const PreparedPtr& statement) {
    if (statement->by_sql && mentions.names.size() < kMaxProvided) {
      mentions.names.try_emplace(std::string(name), Mention{statement});
    }
  });
  return settle_each(mentions, treatment);
}

bool StatementMapper::settle(std::string_view name, const Mention& mention, Treatment treatment) {
  const auto there = server().use(name);
  if (there.value != nullptr && mention.statement && is_own_name(*there.value, *mention.statement)) return false;
  const bool closes = there.value != nullptr || mention.must_be_absent;
  if (closes) close_own(name);
  if (mention.statement) provide(name, mention.statement, treatment);
  return closes || mention.statement != nullptr;
}

StatementMapper::Occupant StatementMapper::occupant_of(const PreparedStatement& prepared, std::uint64_t client) const {
  Occupant occupant;
  occupant.statement = prepared.source;
  occupant.ddl_epoch = core_.route->catalog->ddl_epoch();
  occupant.client = client;
  return occupant;
}

void StatementMapper::provide(std::string_view name, const PreparedPtr& prepared, Treatment treatment) {
  if (prepared->by_sql) return provide_by_prepare(name, prepared, treatment);
  parse_own(name, prepared, occupant_of(*prepared, client()), treatment);
}

void StatementMapper::provide_by_prepare(std::string_view name, const PreparedPtr& prepared, Treatment treatment) {
  // Left over when the one before it failed.
  if (server().find(kCarrier).value != nullptr) close_own(kCarrier);
  const Occupant made = occupant_of(*prepared, client());
  const std::uint32_t group = core_.tracker.current_group();
  const std::uint32_t parse = open_own(prepared, treatment);
  server().expect(parse, group, Change::define, kCarrier, made);
  if (push_own(Request::parse, parse, treatment)) {
    send(wire::Parse{.statement = kCarrier, .text = prepared->source->text, .parameter_types = {}});
  }
  wire::Bind bind;
  bind.portal = bind.statement = kCarrier;
  if (push_own(Request::bind, open_own(prepared, treatment), treatment)) send(bind);
  const std::uint32_t execute = open_own(prepared, treatment);
  server().expect(execute, group, Change::define, name, made);
  if (push_own(Request::execute, execute, treatment)) send(wire::Execute{.portal = kCarrier, .max_rows = 0});
  if (push_own(Request::close, open_own({}, kOnTheirOwn), kOnTheirOwn)) {
    send(wire::Close{wire::DescribeTarget::portal, kCarrier});
  }
  close_own(kCarrier);
}

void StatementMapper::parse_own(std::string_view server_name, const PreparedPtr& prepared, Occupant occupant,
                                Treatment treatment) {
  const std::uint32_t payload = open_own(prepared, treatment);
  core_.journal.flight(payload).drops_unnamed = server_name.empty();
  server().expect(payload, core_.tracker.current_group(), Change::define, server_name, std::move(occupant));
  if (!push_own(Request::parse, payload, treatment)) return;
  send(wire::Parse{.statement = server_name,
                   .text = prepared->source->text,
                   .parameter_types = wire::OidList(prepared->source->parameter_types)});
}

void StatementMapper::close_own(std::string_view server_name) {
  const std::uint32_t payload = open_own({}, kOnTheirOwn);
  server().expect(payload, core_.tracker.current_group(), Change::remove, server_name);
  // A Close cannot fail.
  if (push_own(Request::close, payload, kOnTheirOwn)) {
    send(wire::Close{wire::DescribeTarget::statement, server_name});
  }
}

void StatementMapper::make_room() {
  if (const std::string victim = server().victim(); !victim.empty()) close_own(victim);
}

std::uint32_t StatementMapper::open_own(const PreparedPtr& prepared, Treatment treatment) {
  InFlight flight;
  flight.kind = InFlight::Kind::own_message;
  // An error that the client sees is that of its statement.
  if (treatment == kInBatch) flight.prepared = prepared;
  return core_.journal.open(std::move(flight));
}

template <class Message>
void StatementMapper::send(const Message& message) {
  // What cannot be sent was never received either: it has the client's own lengths.
  if (!message.encode(to_server_.own())) core_.server->close();
}

void StatementMapper::parse(std::uint32_t payload, const PreparedStatement& prepared, std::string_view frame) {
  const backend::SharedStatement& source = *prepared.source;
  Occupant made = occupant_of(prepared, 0);
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
    close_own(source.server_name);
  } else {
    make_room();
  }
  server().expect(payload, core_.tracker.current_group(), Change::define, source.server_name, std::move(made));
  if (!core_.tracker.push(Request::parse, Treatment::forward, payload)) return;
  send(wire::Parse{
      .statement = source.server_name, .text = source.text, .parameter_types = wire::OidList(source.parameter_types)});
}

void StatementMapper::parse_in_vain(const PreparedPtr& prepared) {
  if (server().find(kTrial).value != nullptr) close_own(kTrial);
  parse_own(kTrial, prepared, occupant_of(*prepared, client()), kInBatch);
}

bool StatementMapper::is_beyond_reach(const PreparedStatement& prepared, std::string_view name) {
  if (!prepared.by_sql || core_.tracker.status() != wire::TransactionStatus::failed) return false;
  const auto there = server().find(core::truncate_hash_key(name));
  return there.value == nullptr || !is_own_name(*there.value, prepared);
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
      close_own(server_name);
    } else {
      make_room();
    }
  }
  parse_own(server_name, prepared, occupant_of(*prepared, 0), kInBatch);
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
      server().expect(payload, group, Change::define, name, occupant_of(*defines, client()));
      break;
    case PreparedAction::Kind::deallocate: server().expect(payload, group, Change::remove, name); break;
    case PreparedAction::Kind::deallocate_all: server().expect(payload, group, Change::remove_all, {}); break;
  }
}

}  // namespace sqlproxy::frontend
