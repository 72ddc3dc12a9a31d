#include "frontend/session_scope.hpp"

#include <algorithm>
#include <iterator>

#include "pipeline/search_path.hpp"

namespace sqlproxy::frontend {
namespace {

using pipeline::SettingChange;
using pipeline::TransactionControl;

bool changes_path(const SettingChange& change) {
  return change.kind == SettingChange::Kind::reset_all || !change.name_known || change.name == "search_path";
}

bool same_name(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

SessionScope::SessionScope(pipeline::NameScope initial) : base_(std::move(initial)) {
  initial_.session_path = base_.search_path;
  initial_.session_path_known = base_.search_path_known;
  committed_ = current_ = initial_;
  refresh();
}

bool SessionScope::concerns(const pipeline::Statement& statement) {
  return statement.creates_temporary || statement.discard != pipeline::DiscardAction::none ||
         statement.transaction.kind != TransactionControl::Kind::none ||
         std::ranges::any_of(statement.settings, changes_path);
}

SessionScope::Effect SessionScope::effect_of(const pipeline::Statement& statement) {
  Effect effect;
  effect.transaction = statement.transaction;
  std::ranges::copy_if(statement.settings, std::back_inserter(effect.settings), changes_path);
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
  expected_.push_back({payload, group, effect_of(statement)});
  refresh();
}

void SessionScope::confirm(std::uint32_t payload, bool tag_is_rollback) {
  const auto found = std::ranges::find(expected_, payload, &Expected::payload);
  if (found == expected_.end()) return;
  const Effect effect = std::move(found->effect);
  expected_.erase(found);
  switch (effect.transaction.kind) {
    case TransactionControl::Kind::commit:
    case TransactionControl::Kind::prepare_transaction: end_transaction(!tag_is_rollback); break;
    case TransactionControl::Kind::rollback: end_transaction(false); break;
    case TransactionControl::Kind::savepoint: savepoints_.push_back({effect.transaction.name, current_}); break;
    case TransactionControl::Kind::release:
    case TransactionControl::Kind::rollback_to: {
      const auto mark = std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                                     [&](const Savepoint& s) { return s.name == effect.transaction.name; });
      if (mark == savepoints_.rend()) break;
      const bool back = effect.transaction.kind == TransactionControl::Kind::rollback_to;
      if (back) current_ = mark->state;
      // ROLLBACK TO keeps the savepoint itself, RELEASE does not.
      savepoints_.erase(back ? mark.base() : mark.base() - 1, savepoints_.end());
      break;
    }
    default: break;
  }
  // Never taken back: a name that no longer is temporary is judged as if it might be, which only asks for more.
  for (const std::string& name : effect.temporary_relations) {
    if (!same_name(temporary_relations_, name)) temporary_relations_.push_back(name);
  }
  if (effect.discards_temporary) temporary_relations_.clear();
  apply(effect, current_);
  refresh();
}

void SessionScope::forget(std::uint32_t payload) {
  if (std::erase_if(expected_, [payload](const Expected& e) { return e.payload == payload; }) != 0) refresh();
}

void SessionScope::on_ready(wire::TransactionStatus status, bool failed) {
  if (status != wire::TransactionStatus::idle) return;
  const bool changed = current_.local_path || current_.session_path != committed_.session_path ||
                       current_.session_path_known != committed_.session_path_known;
  if (!changed && savepoints_.empty()) return;
  end_transaction(!failed);
  refresh();
}

void SessionScope::end_transaction(bool committed) {
  if (committed) {
    current_.local_path.reset();
    committed_ = current_;
  } else {
    current_ = committed_;
  }
  savepoints_.clear();
}

void SessionScope::set_path(const SettingChange& change, State& state) const {
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
    state.local_path = std::move(path);
    state.local_path_known = known;
    return;
  }
  state.session_path = std::move(path);
  state.session_path_known = known;
  // SET after SET LOCAL in the same transaction takes effect at once.
  state.local_path.reset();
}

void SessionScope::apply(const Effect& effect, State& state) const {
  if (effect.discards_all) state = initial_;
  for (const SettingChange& change : effect.settings) {
    switch (change.kind) {
      case SettingChange::Kind::set:
      case SettingChange::Kind::set_local: set_path(change, state); break;
      case SettingChange::Kind::reset:
      case SettingChange::Kind::reset_all:
        state.session_path = initial_.session_path;
        state.session_path_known = initial_.session_path_known;
        state.local_path.reset();
        break;
    }
  }
}

void SessionScope::refresh() {
  State state = current_;
  const pipeline::NameScope before = std::move(predicted_);
  predicted_ = base_;
  predicted_.temporary_relations = temporary_relations_;
  for (const Expected& expected : expected_) {
    apply(expected.effect, state);
    // Transaction ends among statements that are still under way: which state they leave is not known before they are
    // done.
    const auto kind = expected.effect.transaction.kind;
    const bool restores = kind == TransactionControl::Kind::rollback || kind == TransactionControl::Kind::rollback_to ||
                          kind == TransactionControl::Kind::commit;
    if (restores && (current_.local_path || current_.session_path != committed_.session_path || !savepoints_.empty())) {
      state.session_path_known = false;
      state.local_path.reset();
    }
    for (const std::string& name : expected.effect.temporary_relations) {
      if (!same_name(predicted_.temporary_relations, name)) predicted_.temporary_relations.push_back(name);
    }
  }
  predicted_.search_path = state.local_path ? *state.local_path : state.session_path;
  predicted_.search_path_known = state.local_path ? state.local_path_known : state.session_path_known;
  const bool same = predicted_.search_path == before.search_path &&
                    predicted_.search_path_known == before.search_path_known &&
                    predicted_.temporary_relations == before.temporary_relations;
  if (!same) ++version_;
}

}  // namespace sqlproxy::frontend
