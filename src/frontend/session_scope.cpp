#include "frontend/session_scope.hpp"

#include <algorithm>
#include <iterator>

#include "pipeline/changed_names.hpp"
#include "pipeline/search_path.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::SettingChange;
using pipeline::TransactionControl;

bool is_of_path(const SettingChange& change) {
  return change.kind == SettingChange::Kind::reset_all || !change.name_known || change.name == "search_path";
}

bool same_name(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
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

SessionScope::Effect SessionScope::effect_of(const pipeline::Statement& statement) {
  Effect effect;
  effect.transaction = statement.transaction;
  const bool later = statement.prepared.kind == pipeline::PreparedAction::Kind::prepare ||
                     statement.cursor.kind == pipeline::CursorAction::Kind::declare;
  effect.loses_path = later && changes_path(statement);
  if (!later) std::ranges::copy_if(statement.settings, std::back_inserter(effect.settings), is_of_path);
  if (statement.creates_temporary) {
    for (const pipeline::ObjectRef& object : statement.objects) {
      if (object.created) effect.temporary_relations.push_back(object.name.name);
    }
  }
  effect.discards_all = statement.discard == pipeline::DiscardAction::all;
  effect.discards_temporary = effect.discards_all || statement.discard == pipeline::DiscardAction::temp;
  return effect;
}

void SessionScope::expect(std::uint32_t payload, std::uint32_t group, const pipeline::Statement& statement) {
  const bool only_names = !statement.creates_temporary && statement.discard == pipeline::DiscardAction::none &&
                          statement.transaction.kind == TransactionControl::Kind::none && !changes_path(statement);
  if (pipeline::changes_names(statement)) {
    auto changed = std::make_shared<pipeline::NameScope>(*base_);
    pipeline::note_changed_names(statement, *changed);
    base_ = std::move(changed);
  }
  // Nothing to wait for: the names count as changed from here on.
  if (!only_names) expected_.push_back({payload, group, effect_of(statement)});
  refresh();
}

void SessionScope::confirm(std::uint32_t payload, bool tag_is_rollback) {
  const auto found = std::ranges::find(expected_, payload, &Expected::payload);
  if (found == expected_.end()) return;
  const Effect effect = std::move(found->effect);
  unsettled_group_ = found->group;
  expected_.erase(found);
  control_transaction(effect.transaction, !tag_is_rollback, course_);
  change_settings(effect, course_.current);
  path_lost_ = (path_lost_ && !effect.discards_all) || effect.loses_path;
  // Never taken back: a name that no longer is temporary is judged as what it is now, too (NameScope).
  for (const std::string& name : effect.temporary_relations) {
    if (!same_name(temporary_relations_, name)) temporary_relations_.push_back(name);
  }
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

void SessionScope::on_ready(wire::TransactionStatus status, bool failed) {
  unsettled_group_ = 0;
  if (status != wire::TransactionStatus::idle) return;
  const auto& [committed, current, savepoints] = course_;
  const bool changed = current.local_path || !same(current.session_path, committed.session_path);
  if (!changed && savepoints.empty()) return;
  end_transaction(!failed, course_);
  refresh();
}

void SessionScope::end_transaction(bool committed, Course& course) {
  if (committed) {
    course.current.local_path.reset();
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

void SessionScope::change_settings(const Effect& effect, State& state) {
  if (effect.discards_all) state = {};
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
    control_transaction(expected.effect.transaction, true, course);
    if (commits && differs && !certain) {
      course.current.session_path = std::make_shared<const Path>(Path{names_of(course.current.session_path), false});
      course.committed = course.current;
    }
    change_settings(expected.effect, course.current);
    lost = (lost && !expected.effect.discards_all) || expected.effect.loses_path;
    for (const std::string& name : expected.effect.temporary_relations) {
      if (!same_name(temporary, name)) temporary.push_back(name);
    }
  }
  predict(course.current.local_path ? course.current.local_path : course.current.session_path, lost,
          std::move(temporary));
}

void SessionScope::predict(const PathPtr& path, bool lost, std::vector<std::string> temporary) {
  const std::shared_ptr<const pipeline::NameScope> before = std::move(predicted_);
  predicted_ = base_;
  const bool known = is_known(path) && !lost;
  const bool as_base = base_->search_path == names_of(path) && base_->search_path_known == known &&
                       base_->temporary_relations == temporary;
  if (!as_base) {
    auto predicted = std::make_shared<pipeline::NameScope>(*base_);
    predicted->search_path = names_of(path);
    predicted->search_path_known = known;
    predicted->temporary_relations = std::move(temporary);
    predicted_ = std::move(predicted);
  }
  if (predicted_ != before && *predicted_ != *before) ++version_;
}

}  // namespace sqlproxy::frontend
