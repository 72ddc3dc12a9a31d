#include "frontend/setting_reset.hpp"

#include <algorithm>
#include <string_view>

namespace sqlproxy::frontend {
namespace {

using pipeline::SettingChange;

bool is_identity(std::string_view name) {
  return name == "role" || name == "session_authorization";
}

bool same_name(std::string_view a, std::string_view b) {
  // The server's spelling has capitals in it (DateStyle), a statement's has none.
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// SET ROLE NONE, which is not a role of that name.
bool sets_no_role(const SettingChange& change) {
  return change.kind == SettingChange::Kind::set && change.name == "role" && !change.by_function && change.values &&
         change.values->size() == 1 && change.values->front() == "none";
}

bool gives_up(const pipeline::Statement& statement, const SettingChange& change, const backend::Setting& setting) {
  if (change.kind == SettingChange::Kind::reset_all) {
    return statement.discard == pipeline::DiscardAction::all || !is_identity(setting.name);
  }
  if (change.kind != SettingChange::Kind::reset && !sets_no_role(change)) return false;
  // Another session user has no role either.
  return same_name(setting.name, change.name) || (change.name == "session_authorization" && setting.name == "role");
}

}  // namespace

bool give_up_settings(const pipeline::Analysis& analysis, backend::Settings& wanted) {
  if (analysis.error || analysis.statements.size() != 1) return false;
  const pipeline::Statement& statement = analysis.statements.front();
  return std::erase_if(wanted, [&](const backend::Setting& setting) {
           return std::ranges::any_of(
               statement.settings, [&](const SettingChange& change) { return gives_up(statement, change, setting); });
         }) != 0;
}

}  // namespace sqlproxy::frontend
