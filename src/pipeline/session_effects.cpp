#include "pipeline/session_effects.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "pipeline/name_effects.hpp"

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

bool asks_for(const Statement& statement, StatementType type) {
  return std::ranges::any_of(statement.objects,
                             [type](const ObjectRef& object) { return object.required.contains(type); });
}

void add_name(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

void read_setting(const SettingChange& change, SessionEffects& effects) {
  using Kind = SettingChange::Kind;
  if (change.kind == Kind::set_local && change.name != "seed") return;
  // The seed is none of the settings that pg_settings shows and RESET resets; LOCAL does not bind it.
  if (change.name == "seed") {
    const bool sets = change.kind == Kind::set || change.kind == Kind::set_local;
    effects.seed = effects.seed || sets;
    effects.lasting = effects.lasting || sets;
    return;
  }
  effects.settings = true;
  // A view of that name may hold any names.
  if (!change.name_known || change.name_from_settings_view) effects.opaque = true;
  // Once a temporary table was used it cannot be changed any more.
  if (change.name == "temp_buffers" && change.kind == Kind::set) effects.lasting = true;
  if (change.name.find('.') != std::string::npos) add_name(effects.custom_settings, change.name);
}

EffectFlags effects_of_discard(DiscardAction action) {
  switch (action) {
    case DiscardAction::none:
    case DiscardAction::plans: return {};
    case DiscardAction::all: return {.settings = true, .listens = true, .names = true, .ends_state = true};
    case DiscardAction::sequences:
    case DiscardAction::temp: return {.ends_state = true};
  }
  return kEveryEffect;
}

EffectFlags effects_of_prepared(PreparedAction::Kind kind) {
  using Kind = PreparedAction::Kind;
  switch (kind) {
    case Kind::none:
    case Kind::execute: return {};
    case Kind::prepare: return {.names = true};
    case Kind::deallocate:
    case Kind::deallocate_all: return {.names = true, .ends_state = true};
  }
  return kEveryEffect;
}

EffectFlags effects_of_listen(ListenAction::Kind kind) {
  if (kind == ListenAction::Kind::none) return {};
  return {.listens = true, .ends_state = kind != ListenAction::Kind::listen};
}

EffectFlags effects_of_cursor(const CursorAction& cursor) {
  using Kind = CursorAction::Kind;
  return {.held_cursor = cursor.kind == Kind::declare && cursor.with_hold,
          .ends_state = cursor.kind == Kind::close || cursor.kind == Kind::close_all};
}

EffectFlags effects_of_library(const Statement& statement) {
  if (statement.loads_library) return {.library = true, .lasting = true};
  const std::string_view tag = statement.sub_type;
  // Their scripts run.
  if (tag == "CREATE EXTENSION" || tag == "ALTER EXTENSION") return {.library = true, .opaque = true};
  if (tag == "CREATE LANGUAGE") return {.library = true};
  // LANGUAGE C: checked by loading it.
  const bool makes_function = tag == "CREATE FUNCTION" || tag == "CREATE PROCEDURE";
  return {.library = makes_function && asks_for(statement, server_file)};
}

// What the statement's own words tell, whatever its names stand for.
EffectFlags effects_of_words(const Statement& statement) {
  EffectFlags effects = effects_of_discard(statement.discard) | effects_of_prepared(statement.prepared.kind) |
                        effects_of_listen(statement.listen.kind) | effects_of_cursor(statement.cursor) |
                        effects_of_library(statement);
  const std::string_view tag = statement.sub_type;
  effects.temporary = statement.creates_temporary;
  effects.opaque = effects.opaque || statement.type == do_block || tag == "CALL";
  effects.ends_state = effects.ends_state || tag.starts_with("DROP ");
  // ALTER TABLE ... ADD COLUMN id serial draws a number for each row.
  effects.sequence_written = asks_for(statement, insert) || asks_for(statement, merge) ||
                             asks_for(statement, copy_from) || tag == "ALTER TABLE";
  return effects;
}

// Maintenance of more than the relations that are named runs the expressions of every index. CHECKPOINT does not, and
// neither does two-phase commit, which is transaction control.
bool maintains_everything(const Statement& statement) {
  return statement.type == maintenance && statement.sub_type != "CHECKPOINT" &&
         std::ranges::any_of(statement.objects, [](const ObjectRef& object) {
           return object.kind != ObjectKind::relation && object.required.contains(maintenance);
         });
}

EffectFlags effects_of_names(const Statement& statement, const NameScope& scope, const Catalog* catalog) {
  if (catalog != nullptr) return NameEffects(statement, scope, *catalog).read();
  const auto is_builtin = [](const auto& ref) { return ref.name.schema == kCatalogSchema; };
  const bool names_nothing = statement.objects.empty() && statement.functions.empty() &&
                             std::ranges::all_of(statement.operators, is_builtin) &&
                             std::ranges::all_of(statement.types, is_builtin) && !statement.changes_catalog;
  return names_nothing ? EffectFlags{} : kOpaque | EffectFlags{.temporary = statement.changes_catalog};
}

SessionEffects effects_of_run(const Statement& statement, const NameScope& scope, const Catalog* catalog) {
  if (statement.type == unparsed) return SessionEffects(kEveryEffect);
  SessionEffects effects(effects_of_words(statement));
  for (const SettingChange& change : statement.settings) read_setting(change, effects);
  if (statement.transaction.kind != TransactionControl::Kind::none) return effects;
  static_cast<EffectFlags&>(effects) |= effects_of_names(statement, scope, catalog);
  if (maintains_everything(statement)) effects.opaque = true;
  return effects;
}

}  // namespace

void SessionEffects::unite(const SessionEffects& other) {
  static_cast<EffectFlags&>(*this) |= other.flags();
  for (const std::string& name : other.custom_settings) add_name(custom_settings, name);
}

SessionEffects unite(SessionEffects a, const SessionEffects& b) {
  a.unite(b);
  return a;
}

SessionEffects session_effects(const Statement& statement, const NameScope& scope, const Catalog* catalog) {
  if (statement.prepared.kind == PreparedAction::Kind::prepare) return SessionEffects(EffectFlags{.names = true});
  return effects_of_run(statement, scope, catalog);
}

SessionEffects executed_effects(const Statement& prepare, const NameScope& scope, const Catalog* catalog) {
  SessionEffects effects = effects_of_run(prepare, scope, catalog);
  if (prepare.prepared.kind == PreparedAction::Kind::prepare) effects.names = false;
  return effects;
}

SessionEffects function_call_effects(Oid function, const Catalog* catalog) {
  const CatalogFunction* known = catalog != nullptr ? catalog->function(function) : nullptr;
  if (known == nullptr || catalog->recodes_builtin_types()) return SessionEffects(kOpaque);
  // Which setting it is stands in an argument.
  return SessionEffects(known->effects.settings ? known->effects | kOpaque : known->effects);
}

}  // namespace sqlproxy::pipeline
