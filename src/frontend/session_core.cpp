#include "frontend/session_core.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/identifier.hpp"
#include "wire/messages/parameter_status.hpp"

namespace sqlproxy::frontend {

// The server is about to be sent again what RESET has taken there, and not from the client.
bool SessionCore::awaits_application_name(const backend::Setting& reported_now, const backend::Setting& told) const {
  return transaction_pooling && reported_now.name == "application_name" && reported_now.value.empty() &&
         told.value == login_application_name;
}

namespace {

bool may_notify(const pipeline::Statement& statement, const Judgement& judgement) {
  if (statement.type == pipeline::StatementType::notify || judgement.effects.opaque) return true;
  if (statement.prepared.kind == pipeline::PreparedAction::Kind::execute) return true;
  return std::ranges::any_of(statement.functions,
                             [](const pipeline::FunctionRef& function) { return function.name.name == "pg_notify"; });
}

bool sets_strings(const pipeline::Statement& statement) {
  using Kind = pipeline::SettingChange::Kind;
  return statement.prepared.kind == pipeline::PreparedAction::Kind::execute ||
         statement.discard == pipeline::DiscardAction::all ||
         std::ranges::any_of(statement.settings, [](const pipeline::SettingChange& change) {
           return !change.name_known || change.kind == Kind::reset_all || change.name == "standard_conforming_strings";
         });
}

}  // namespace

// The end of a transaction takes back what it has set.
void SessionCore::note_string_settings(const pipeline::Statement& statement) {
  const bool sets = sets_strings(statement);
  strings_were_set = strings_were_set || sets;
  const bool takes_back = statement.transaction.kind != pipeline::TransactionControl::Kind::none;
  if (sets || (takes_back && strings_were_set)) strings_group = tracker.current_group();
}

void SessionCore::note_sending(const pipeline::Statement* statement, const Judgement& judgement) {
  unseen_code = unseen_code || judgement.effects.opaque || judgement.executed_effects.opaque || statement == nullptr;
  if (statement != nullptr) note_string_settings(*statement);
  if (statement != nullptr && !statement->emptied_database.empty()) leave_database(statement->emptied_database);
  if (!make_notifications || !server || statement == nullptr || !may_notify(*statement, judgement)) return;
  need_notifications().note_sending(server->greeting().process_id);
}

SessionNotifications& SessionCore::need_notifications() {
  if (!notifications) notifications = make_notifications();
  return *notifications;
}

void SessionCore::report_parameters(std::string& out) {
  // As a rule it is the connection of before, and nothing has changed on either side.
  if (server->parameters_revision() == reported_revision) return;
  const backend::Settings& told = reported.values();
  std::optional<backend::Settings> fresh;
  std::size_t place = 0;
  for (const backend::Setting& parameter : server->parameters()) {
    // Servers of a kind report in the same order, so as a rule it is found at its place.
    auto known = told.begin() + static_cast<std::ptrdiff_t>(std::min(place++, told.size()));
    if (known == told.end() || known->name != parameter.name) {
      known = std::ranges::find(told, parameter.name, &backend::Setting::name);
    }
    const bool is_told = known != told.end();
    if (is_told && (known->value == parameter.value || awaits_application_name(parameter, *known))) continue;
    // What the server has sent can be sent on.
    (void)wire::ParameterStatus{parameter.name, parameter.value}.encode(out);
    if (!fresh) fresh = told;
    backend::update_setting(*fresh, parameter.name, parameter.value);
    follow_parameter(parameter.name, parameter.value);
  }
  if (fresh) reported.replace(*std::move(fresh));
  reported_revision = server->parameters_revision();
}

void SessionCore::note_parameter(std::string_view name, std::string_view value) {
  reported.set(name, value);
  reported_revision = 0;
  follow_parameter(name, value);
}

void SessionCore::follow_parameter(std::string_view name, std::string_view value) {
  if (name == "client_encoding") {
    encoding = value == "UTF8" ? pipeline::TextEncoding::utf8 : pipeline::TextEncoding::ascii_based;
  } else if (name == "standard_conforming_strings") {
    backslashes_ambiguous = value != "on";
  } else if (name == "application_name") {
    const auto& session = journal.audit().session;
    if (session->application_name == value) return;
    auto facts = std::make_shared<audit::SessionFacts>(*session);
    facts->application_name = value;
    journal.audit().session = std::move(facts);
  }
}

void SessionCore::note_declared(const std::shared_ptr<const pipeline::Analysis>& analysis, std::size_t index,
                                const JudgementPtr& judgement) {
  const pipeline::CursorAction& cursor = analysis->statements[index].cursor;
  if (cursor.kind != pipeline::CursorAction::Kind::declare || !judgement->allowed()) return;
  journal.cursors().add({std::string(core::truncate_hash_key(cursor.name)), analysis, index,
                         journal.scope().predicted(), judgement, gate.configuration(), tracker.current_group()});
}

}  // namespace sqlproxy::frontend
