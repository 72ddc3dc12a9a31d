// Names that SQL refers to: what the client has under them is put on the server under its real name.

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "core/identifier.hpp"
#include "frontend/statement_mapper.hpp"

namespace sqlproxy::frontend {
namespace {

// A client that has more names than these does not see all of them in pg_prepared_statements, nor do functions.
constexpr std::size_t kMaxProvided = 10'000;

// How many of `names` have to be there before this one is: the server asks what an EXECUTE returns when it is prepared.
std::size_t depth_of(const StatementMapper::Mention& mention, const StatementMapper::Names& names) {
  std::size_t depth = 0;
  const StatementMapper::Mention* at = &mention;
  while (depth < names.size() && at->statement && !at->statement->by_sql) {
    const pipeline::Statement* text = at->statement->statement();
    if (text == nullptr || text->prepared.kind != pipeline::PreparedAction::Kind::execute) break;
    const auto executed = names.find(core::truncate_hash_key(text->prepared.name));
    if (executed == names.end()) break;
    at = &executed->second;
    ++depth;
  }
  return depth;
}

}  // namespace

StatementMapper::Names StatementMapper::names_of(const Mentions& mentions) {
  Names names = mentions.names;
  if (mentions.all) add_all_names(names);
  if (mentions.code && !mentions.all && prepares_by_sql_) add_names_made_by_sql(names);
  return names;
}

void StatementMapper::add_all_names(Names& names) {
  server().for_each([&](std::string_view name, const Occupant&, std::uint32_t) {
    if (!name.empty()) names.try_emplace(std::string(name));
  });
  core_.journal.statements().for_each([&](std::string_view name, const PreparedPtr& statement) {
    if (name.empty() || names.size() >= kMaxProvided) return;
    Mention& shown = names[std::string(name)];
    shown.optional = !shown.is_run;
    shown.statement = statement;
    shown.is_run = true;
  });
}

void StatementMapper::add_names_made_by_sql(Names& names) {
  core_.journal.statements().for_each([&](std::string_view name, const PreparedPtr& statement) {
    if (!statement->by_sql || names.size() >= kMaxProvided) return;
    names.try_emplace(std::string(name), Mention{.statement = statement, .is_run = true, .optional = true});
  });
}

bool StatementMapper::has_own(std::string_view name, const Mention& mention) {
  const auto there = server().use(name);
  return there.value != nullptr && mention.statement && is_own_name(*there.value, *mention.statement);
}

bool StatementMapper::is_missing(std::string_view name, const Mention& mention) {
  if (!mention.statement || !mention.is_run || has_own(name, mention)) return false;
  // It has failed since the newest DDL: what may do without it goes without it.
  return !mention.optional || mention.statement->failed_epoch != core_.route->catalog->ddl_epoch() + 1;
}

// In a failed transaction nothing can be prepared, and nothing of that is executed.
bool StatementMapper::nothing_is_run() const {
  return core_.tracker.status() == wire::TransactionStatus::failed && core_.tracker.empty();
}

bool StatementMapper::lacks(const Mentions& mentions) {
  const Names names = names_of(mentions);
  return std::ranges::any_of(names, [&](const auto& entry) { return is_missing(entry.first, entry.second); });
}

void StatementMapper::before_query(const Mentions& mentions) {
  // What the client has begun goes on with its Query: nothing may end it.
  if (nothing_is_run()) return settle_names(mentions, Place::on_their_own, Extent::what_cannot_fail);
  if (core_.tracker.batch_open()) return settle_names(mentions, Place::in_batch);
  // What is under way may begin a transaction as well as end it: where there is none a savepoint fails, and no harm is
  // done.
  const bool idle = core_.tracker.status() == wire::TransactionStatus::idle && core_.tracker.empty();
  settle_names(mentions, idle ? Place::on_their_own : Place::in_savepoint);
}

bool StatementMapper::must_ask_ahead(const Mentions& mentions) {
  return core_.tracker.batch_open() && !nothing_is_run() && lacks(mentions);
}

void StatementMapper::ask_ahead(const Mentions& mentions) {
  settle_names(mentions, Place::in_batch);
  provider_.flush();
}

void StatementMapper::before_batch(const PreparedStatement& prepared) {
  const pipeline::Statement* statement = prepared.statement();
  const bool idle = core_.tracker.idle() && core_.tracker.empty();
  if (statement == nullptr || !prepared.judgement || !idle) return;
  Mentions mentions;
  mentions.code = prepared.by_sql ? prepared.judgement->executed_effects.opaque : prepared.judgement->effects.opaque;
  if (reads_names(*statement)) mentions.all = true;
  if ((mentions.all || mentions.code) && lacks(mentions)) settle_names(mentions, Place::on_their_own);
}

void StatementMapper::settle_names(const Mentions& mentions, Place place, Extent extent) {
  // Nothing is executed, and a Sync of ours would end the client's skipping.
  if (core_.tracker.skipping()) return;
  // Only COPY data may be sent; what the client does is its own mistake.
  if (core_.tracker.in_copy_in() && !core_.tracker.copy_end_sent()) return;
  if (mentions.code || mentions.all) server().note_unseen_code();
  bool sent = close_names_of_others();
  const Names names = names_of(mentions);
  std::vector<Names::const_iterator> missing;
  for (auto entry = names.begin(); entry != names.end(); ++entry) {
    if (has_own(entry->first, entry->second)) continue;
    const bool provides = extent == Extent::everything && is_missing(entry->first, entry->second);
    sent |= clear_place(entry->first, entry->second);
    if (provides) missing.push_back(entry);
  }
  if (place != Place::in_batch && sent) provider_.sync();
  // Else in the order in which the client has made them: pg_prepared_statements shows when that was.
  std::ranges::sort(missing, {}, [&](const auto& entry) {
    return std::pair(depth_of(entry->second, names), entry->second.statement->number);
  });
  for (const auto& entry : missing) provider_.provide(entry->first, entry->second.statement, client(), place);
}

bool StatementMapper::close_names_of_others() {
  if (!server().may_have_names_of_others(client())) return false;
  std::vector<std::string> others;
  server().for_each([&](std::string_view name, const Occupant& occupant, std::uint32_t /*group*/) {
    if (occupant.client != 0 && occupant.client != client()) others.emplace_back(name);
  });
  // A Close that is under way may yet be skipped.
  if (others.empty() && !server().has_expected()) server().belong_to(client());
  for (const std::string& name : others) provider_.close(name);
  return !others.empty();
}

bool StatementMapper::clear_place(std::string_view name, const Mention& mention) {
  const auto there = server().find(name);
  // Of a name that is not run anything will do.
  const bool only_name = mention.statement && !mention.is_run;
  if (only_name && there.value != nullptr && there.value->client == client()) return false;
  const bool closes = there.value != nullptr || mention.must_be_absent;
  if (closes) provider_.close(name);
  if (only_name) provider_.occupy(name, client());
  return closes || only_name;
}

}  // namespace sqlproxy::frontend
