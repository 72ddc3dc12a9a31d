#include "pipeline/judge.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/guarded_settings.hpp"
#include "pipeline/judge_arbiter.hpp"
#include "pipeline/judge_messages.hpp"
#include "pipeline/judge_statement.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/verdict_builder.hpp"

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

// Types that always need a permission of their own. Where the analysis names no object for it, the whole database is
// meant. Those that are not here touch what they name and nothing else.
constexpr StatementTypes kNeverFree = StatementTypes(ddl) | dcl | maintenance | do_block | notify | server_file;

// Whether the pg_settings that a setting's name is taken from is the server's own: the `name` of another relation may
// be of a type that compares otherwise.
bool reads_settings_view(const Statement& statement, const NameScope& scope, const Catalog* catalog) {
  if (catalog == nullptr || statement.objects.size() != 1) return false;
  const NameResolver resolver(scope, *catalog);
  return std::ranges::all_of(resolver.relation(statement.objects.front().name).all, [](const NameCandidate& candidate) {
    return candidate.schema == kCatalogSchema && candidate.relation != nullptr;
  });
}

void judge_setting(const SettingChange& change, const Arbiter& arbiter, VerdictBuilder& verdict) {
  const bool guarded = is_guarded(change);
  const Ruling ruling = arbiter.session(guarded);
  verdict.answer({"setting", change.name, change.name, session}, ruling);
  if (ruling.allowed) return verdict.allow(ruling);
  if (!change.name_known) return verdict.deny(ruling, setting_name_not_constant());
  if (change.name.empty()) return verdict.deny(ruling, session_denied(ruling));
  verdict.deny(ruling, setting_denied(change.name, ruling, guarded));
}

void judge_show(const ShowAction& show, const Arbiter& arbiter, VerdictBuilder& verdict) {
  const auto settle = [&verdict](std::string_view name, const Ruling& ruling) {
    verdict.answer({"setting", name, std::string(name), session}, ruling);
    if (ruling.allowed)
      verdict.allow(ruling);
    else
      verdict.deny(ruling, setting_hidden(name, ruling));
  };
  if (show.kind == ShowAction::Kind::all) return settle("ALL", arbiter.all_setting_values());
  for (const std::string& name : show.names) settle(name, arbiter.setting_value(name));
}

// What is judged by the statement's type, whatever it names.
void judge_type_of(const Statement& statement, const NameScope& scope, const Arbiter& arbiter,
                   VerdictBuilder& verdict) {
  if (statement.type == session && statement.settings.empty()) {
    const Ruling ruling = arbiter.session(false);
    verdict.answer({"session", {}, statement.sub_type, session}, ruling);
    if (ruling.allowed)
      verdict.allow(ruling);
    else
      verdict.deny(ruling, session_denied(ruling));
    return;
  }
  const bool asked = std::ranges::any_of(
      statement.objects, [&](const ObjectRef& object) { return object.required.contains(statement.type); });
  const bool unlistens = statement.listen.kind == ListenAction::Kind::unlisten_all;
  if (!kNeverFree.contains(statement.type) || asked || unlistens) return;
  const Ruling ruling = arbiter.in_database(statement.type);
  const AskedObject database{"database", scope.database, "database " + scope.database, statement.type};
  verdict.answer(database, ruling);
  if (ruling.allowed)
    verdict.allow(ruling);
  else
    verdict.deny(ruling, object_denied(database, ruling));
}

// Without a catalog a name tells something only when it is qualified and a rule names exactly that relation.
void judge_blindly(const Statement& statement, const NameScope& scope, const Arbiter& arbiter,
                   VerdictBuilder& verdict) {
  const auto is_builtin = [](const auto& ref) { return ref.name.schema == kCatalogSchema; };
  bool certain = statement.functions.empty() && std::ranges::all_of(statement.operators, is_builtin) &&
                 std::ranges::all_of(statement.types, is_builtin) && !statement.cascades;
  for (const ObjectRef& object : statement.objects) {
    const bool named =
        object.kind == ObjectKind::relation && !object.name.schema.empty() && object.name.catalog.empty();
    certain = certain && object.any_of.empty();
    const NameCandidate candidate{object.name.schema, object.name.name};
    if (object.kind == ObjectKind::relation) {
      verdict.touch({scope.database, object.name.schema, object.name.name, object.usage});
    }
    for (unsigned i = 0; i <= static_cast<unsigned>(session); ++i) {
      const auto type = static_cast<StatementType>(i);
      if (!object.required.contains(type)) continue;
      const Ruling ruling = named ? arbiter.relation_itself(candidate, type) : Ruling{};
      certain = certain && ruling.allowed && ruling.match.names_object();
      if (ruling.allowed) verdict.allow(ruling);
    }
  }
  if (certain) return;
  verdict.note_catalog_miss();
  verdict.deny({}, catalog_not_loaded(scope.database));
}

// Whether a rule that blocks anything speaks of the subject in the database. Goes through the rules one by one: texts
// that cannot be read are rare.
const PolicyRule* find_block(const Subject& subject, std::string_view database, const PolicySet& policies) {
  const auto is_everyone = [](const std::string& name) { return name == "*"; };
  const auto names_subject = [&](const PolicyRule& rule) {
    return std::ranges::any_of(rule.users, is_everyone) || std::ranges::any_of(rule.roles, is_everyone) ||
           std::ranges::find(rule.users, subject.user) != rule.users.end() ||
           std::ranges::find_first_of(rule.roles, subject.roles) != rule.roles.end();
  };
  const auto found = std::ranges::find_if(policies.rules(), [&](const PolicyRule& rule) {
    const bool here = rule.database == "*" || rule.database == database;
    return rule.action == PolicyAction::block && here && names_subject(rule);
  });
  return found != policies.rules().end() ? &*found : nullptr;
}

}  // namespace

Verdict judge_unparsed(const Subject& subject, const NameScope& scope, const PolicySet& policies) {
  const PolicyOptions& options = policies.options();
  // Observe mode is no reason to forward a text of which nothing can be told.
  PolicyOptions enforced = options;
  enforced.mode = PolicyMode::enforce;
  VerdictBuilder verdict(enforced);
  const bool forwarded = options.unparsed == PolicyAction::allow && options.default_action == PolicyAction::allow;
  const PolicyRule* block = forwarded ? find_block(subject, scope.database, policies) : nullptr;
  if (block != nullptr)
    verdict.deny({.allowed = false, .match = {block, 0}}, statement_not_understood());
  else if (!forwarded)
    verdict.deny({}, statement_not_understood());
  return std::move(verdict).finish();
}

Verdict judge(const Statement& statement, const Subject& subject, const NameScope& scope, const Catalog* catalog,
              const PolicySet& policies, JudgementTrace* trace) {
  if (statement.type == unparsed) return judge_unparsed(subject, scope, policies);
  const PolicyOptions& options = policies.options();
  const Arbiter arbiter(policies.view(subject, scope.database), options, catalog);
  VerdictBuilder verdict(options, trace);
  if (catalog != nullptr)
    StatementJudge(statement, scope, *catalog, arbiter, verdict).judge();
  else
    judge_blindly(statement, scope, arbiter, verdict);
  for (const SettingChange& change : statement.settings) {
    if (!change.name_from_settings_view || reads_settings_view(statement, scope, catalog))
      judge_setting(change, arbiter, verdict);
    else
      verdict.deny({}, setting_name_not_constant());
  }
  if (statement.cursor.kind == CursorAction::Kind::declare && !statement.settings.empty()) {
    verdict.deny({}, setting_in_cursor());
  }
  judge_show(statement.show, arbiter, verdict);
  judge_type_of(statement, scope, arbiter, verdict);
  return std::move(verdict).finish();
}

Verdict judge_function_call(Oid function_oid, const Subject& subject, const NameScope& scope, const Catalog* catalog,
                            const PolicySet& policies) {
  const Arbiter arbiter(policies.view(subject, scope.database), policies.options(), catalog);
  VerdictBuilder verdict(policies.options());
  const CatalogFunction* function = catalog != nullptr ? catalog->function(function_oid) : nullptr;
  if (function == nullptr) {
    verdict.note_catalog_miss();
    const std::string name = "with OID " + std::to_string(function_oid);
    verdict.deny({}, catalog == nullptr ? catalog_not_loaded(scope.database)
                                        : object_denied({"function", name, "the function " + name, execute}, {}));
    return std::move(verdict).finish();
  }
  verdict.call(function->schema, function->name);
  const Ruling ruling = arbiter.call(*function);
  if (ruling.allowed)
    verdict.allow(ruling);
  else
    verdict.deny(ruling, object_denied({"function", function->name, function->name, execute}, ruling));
  return std::move(verdict).finish();
}

}  // namespace sqlproxy::pipeline
