#include "frontend/session_scope.hpp"

#include <algorithm>
#include <iterator>

#include "pipeline/changed_names.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/search_path.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::SettingChange;
using pipeline::TransactionControl;

bool is_of_path(const SettingChange& change) {
  return change.kind == SettingChange::Kind::reset_all || !change.name_known || change.name == "search_path";
}

void add_temporary_names(const pipeline::RelationChange& change, std::vector<std::string>& names) {
  for (const pipeline::MadeRelation& made : change.made) {
    const std::string& name = made.where.name.name;
    const bool temporary = made.where.name.schema == pipeline::kTemporarySchema;
    if (temporary && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
}

}  // namespace

SessionScope::SessionScope(std::shared_ptr<const pipeline::NameScope> initial)
    : base_(std::move(initial)), predicted_(base_) {}

const std::vector<std::string>& SessionScope::names_of(const PathPtr& session_path) const {
  return session_path ? session_path->names : base_->search_path;
}

bool SessionScope::is_known(const PathPtr& session_path) const {
  return session_path ? session_path->known : base_->search_path_known;
}

bool SessionScope::same(const PathPtr& a, const PathPtr& b) const {
  return a == b || (is_known(a) == is_known(b) && names_of(a) == names_of(b));
}

bool SessionScope::changes_path(const pipeline::Statement& statement) {
  return std::ranges::any_of(statement.settings, is_of_path);
}

bool SessionScope::concerns(const pipeline::Statement& statement) {
  return statement.creates_temporary || statement.discard != pipeline::DiscardAction::none ||
         statement.transaction.kind != TransactionControl::Kind::none || changes_path(statement) ||
         pipeline::changes_names(statement);
}

SessionScope::Effect SessionScope::effect_of(const pipeline::Statement& statement, const pipeline::NameScope& scope) {
  Effect effect;
  effect.transaction = statement.transaction;
  const bool later = statement.prepared.kind == pipeline::PreparedAction::Kind::prepare ||
                     statement.cursor.kind == pipeline::CursorAction::Kind::declare;
  effect.loses_path = later && changes_path(statement);
  if (!later) std::ranges::copy_if(statement.settings, std::back_inserter(effect.settings), is_of_path);
  effect.relations = pipeline::relation_change(statement, scope);
  effect.discards_all = statement.discard == pipeline::DiscardAction::all;
  effect.discards_temporary = effect.discards_all || statement.discard == pipeline::DiscardAction::temp;
  return effect;
}

bool SessionScope::Effect::settled() const {
  return settings.empty() && transaction.kind == TransactionControl::Kind::none && relations.empty() && !loses_path &&
         !discards_all && !discards_temporary;
}

std::uint32_t SessionScope::unconfirmed_group() const {
  const auto newest = std::find_if(expected_.rbegin(), expected_.rend(),
                                   [](const Expected& expected) { return !expected.effect.settled(); });
  return newest != expected_.rend() ? newest->group : unsettled_group_;
}

bool SessionScope::has_made() const {
  const auto holds = [](const State& state) { return !state.made.empty(); };
  return !predicted_->temporary_relations.empty() || holds(course_.committed) || holds(course_.current) ||
         std::ranges::any_of(course_.savepoints, [&](const Savepoint& savepoint) { return holds(savepoint.state); }) ||
         std::ranges::any_of(expected_, [](const Expected& e) { return !e.effect.relations.made.empty(); });
}

void SessionScope::expect(std::uint32_t payload, std::uint32_t group, const pipeline::Statement& statement) {
  note_changed_names(statement);
  Effect effect = effect_of(statement, *predicted_);
  // What was never there needs no waiting for.
  if (!has_made()) effect.relations.forget_taken();
  expected_.push_back({payload, group, std::move(effect)});
  refresh();
}

void SessionScope::note_changed_names(const pipeline::Statement& statement) {
  if (!pipeline::changes_names(statement)) return;
  auto changed = std::make_shared<pipeline::NameScope>(*base_);
  pipeline::note_changed_names(statement, *changed);
  base_ = std::move(changed);
}

void SessionScope::note_executed(const pipeline::Statement& statement) {
  if (!pipeline::changes_names(statement)) return;
  note_changed_names(statement);
  pipeline::RelationChange taken = pipeline::relation_change(statement, *predicted_);
  taken.made.clear();
  taken.apply(course_.committed.made);
  taken.apply(course_.current.made);
  for (Savepoint& savepoint : course_.savepoints) taken.apply(savepoint.state.made);
  for (Expected& expected : expected_) taken.apply(expected.effect.relations.made);
  refresh();
}

void SessionScope::confirm(std::uint32_t payload, bool tag_is_rollback) {
  const auto found = std::ranges::find(expected_, payload, &Expected::payload);
  if (found == expected_.end()) return;
  const Effect effect = std::move(found->effect);
  if (!effect.settled()) unsettled_group_ = found->group;
  expected_.erase(found);
  control_transaction(effect.transaction, !tag_is_rollback, course_);
  change_state(effect, course_.current);
  path_lost_ = (path_lost_ && !effect.discards_all) || effect.loses_path;
  // Never taken back: a name that no longer is temporary is judged as what it is now, too (NameScope).
  add_temporary_names(effect.relations, temporary_relations_);
  if (effect.discards_temporary) temporary_relations_.clear();
  refresh();
}

void SessionScope::forget(std::uint32_t payload) {
  if (std::erase_if(expected_, [payload](const Expected& e) { return e.payload == payload; }) != 0) refresh();
}

void SessionScope::lose_path() {
  path_lost_ = true;
  refresh();
}

bool SessionScope::note_committed(std::uint64_t newest_load) {
  bool noted = false;
  for (pipeline::MadeRelation& relation : course_.committed.made) {
    if (relation.where.known_from != 0 || relation.where.name.schema == pipeline::kTemporarySchema) continue;
    const pipeline::MadeRelation before = relation;
    relation.where.known_from = newest_load + 1;
    std::ranges::replace(course_.current.made, before, relation);
    for (Savepoint& savepoint : course_.savepoints) std::ranges::replace(savepoint.state.made, before, relation);
    noted = true;
  }
  return noted;
}

void SessionScope::on_ready(wire::TransactionStatus status, bool failed, std::uint64_t newest_load) {
  unsettled_group_ = 0;
  bool ended = false;
  if (status == wire::TransactionStatus::idle) {
    const auto& [committed, current, savepoints] = course_;
    ended = current.local_path || !same(current.session_path, committed.session_path) ||
            current.made != committed.made || !savepoints.empty();
    if (ended) end_transaction(!failed, course_);
  }
  // Behind COMMIT AND CHAIN too, where the session is not idle.
  const bool noted = note_committed(newest_load);
  if (ended || noted) refresh();
}

void SessionScope::end_transaction(bool committed, Course& course) {
  if (committed) {
    course.current.local_path.reset();
    std::erase_if(course.current.made, &pipeline::MadeRelation::until_commit);
    course.committed = course.current;
  } else {
    course.current = course.committed;
  }
  course.savepoints.clear();
}

// `committed`: what a COMMIT turned out to be, which is a ROLLBACK in a failed transaction.
void SessionScope::control_transaction(const TransactionControl& control, bool committed, Course& course) {
  std::vector<Savepoint>& savepoints = course.savepoints;
  switch (control.kind) {
    case TransactionControl::Kind::commit:
    case TransactionControl::Kind::prepare_transaction: end_transaction(committed, course); break;
    case TransactionControl::Kind::rollback: end_transaction(false, course); break;
    case TransactionControl::Kind::savepoint: savepoints.push_back({control.name, course.current}); break;
    case TransactionControl::Kind::release:
    case TransactionControl::Kind::rollback_to: {
      const auto mark = std::find_if(savepoints.rbegin(), savepoints.rend(),
                                     [&](const Savepoint& s) { return s.name == control.name; });
      if (mark == savepoints.rend()) break;
      const bool back = control.kind == TransactionControl::Kind::rollback_to;
      if (back) course.current = mark->state;
      // ROLLBACK TO keeps the savepoint itself, RELEASE does not.
      savepoints.erase(back ? mark.base() : mark.base() - 1, savepoints.end());
      break;
    }
    default: break;
  }
}

void SessionScope::set_path(const SettingChange& change, State& state) {
  std::vector<std::string> path;
  bool known = change.name_known && change.values.has_value() && !change.conditional;
  if (known && change.by_function) {
    auto parsed = change.values->size() == 1 ? pipeline::parse_search_path(change.values->front()) : std::nullopt;
    known = parsed.has_value();
    if (known) path = *std::move(parsed);
  } else if (known) {
    path = *change.values;
  }
  if (change.kind == SettingChange::Kind::set_local) {
    state.local_path = std::make_shared<const Path>(Path{std::move(path), known});
    return;
  }
  state.session_path = std::make_shared<const Path>(Path{std::move(path), known});
  // SET after SET LOCAL in the same transaction takes effect at once.
  state.local_path.reset();
}

void SessionScope::change_state(const Effect& effect, State& state) {
  if (effect.discards_all) state = {};
  effect.relations.apply(state.made);
  for (const SettingChange& change : effect.settings) {
    switch (change.kind) {
      case SettingChange::Kind::set:
      case SettingChange::Kind::set_local: set_path(change, state); break;
      case SettingChange::Kind::reset:
      case SettingChange::Kind::reset_all: state = {}; break;
    }
  }
}

void SessionScope::refresh() {
  std::vector<std::string> temporary = temporary_relations_;
  Course course = course_;
  bool lost = path_lost_;
  for (const Expected& expected : expected_) {
    const auto kind = expected.effect.transaction.kind;
    const bool commits =
        kind == TransactionControl::Kind::commit || kind == TransactionControl::Kind::prepare_transaction;
    // At the start of a group nobody knows yet whether the open transaction has failed; later it has not, as the server
    // would skip this statement.
    const bool certain = &expected != expected_.data() && (&expected - 1)->group == expected.group;
    const bool differs = !same(course.current.session_path, course.committed.session_path);
    if (commits && !certain) {
      std::erase_if(course.current.made, [&](const pipeline::MadeRelation& relation) {
        return std::ranges::find(course.committed.made, relation) == course.committed.made.end();
      });
    }
    control_transaction(expected.effect.transaction, true, course);
    if (commits && differs && !certain) {
      course.current.session_path = std::make_shared<const Path>(Path{names_of(course.current.session_path), false});
      course.committed = course.current;
    }
    change_state(expected.effect, course.current);
    lost = (lost && !expected.effect.discards_all) || expected.effect.loses_path;
    add_temporary_names(expected.effect.relations, temporary);
  }
  predict(course.current, lost, std::move(temporary));
}

void SessionScope::predict(const State& state, bool lost, std::vector<std::string> temporary) {
  const std::shared_ptr<const pipeline::NameScope> before = std::move(predicted_);
  predicted_ = base_;
  const PathPtr& path = state.local_path ? state.local_path : state.session_path;
  const bool known = is_known(path) && !lost;
  const bool as_base = base_->search_path == names_of(path) && base_->search_path_known == known &&
                       base_->temporary_relations == temporary && state.made.empty();
  if (!as_base) {
    auto predicted = std::make_shared<pipeline::NameScope>(*base_);
    predicted->search_path = names_of(path);
    predicted->search_path_known = known;
    predicted->temporary_relations = std::move(temporary);
    for (const pipeline::MadeRelation& relation : state.made) predicted->standing.push_back(relation.where);
    predicted_ = std::move(predicted);
  }
  if (predicted_ != before && *predicted_ != *before) ++version_;
}

}  // namespace sqlproxy::frontend
