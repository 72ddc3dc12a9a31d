#include "config/loading/references.hpp"

#include <algorithm>

#include "config/loading/located_text.hpp"

namespace sqlproxy::config::loading {

namespace {

using Target = Reference::Target;

bool resolves(const Reference& reference, const Config& config) {
  if (reference.name == "*") return true;
  switch (reference.target) {
    case Target::user: return config.find_user(reference.name) != nullptr || config.has_passthrough();
    case Target::role:
      return std::ranges::any_of(config.users, [&](const User& user) {
        return std::ranges::find(user.roles, reference.name) != user.roles.end();
      });
    case Target::database: return config.find_database(reference.name) != nullptr;
    case Target::database_itself: return config.databases.contains(reference.name);
    case Target::tenant: return reference.name == "default" || config.tenants.contains(reference.name);
  }
  return false;
}

std::string complaint(const Reference& reference) {
  std::string name = in_quotes(reference.name);
  switch (reference.target) {
    case Target::user: return "the user " + name + ", which [[users]] does not have";
    case Target::role: return "the role " + name + ", which no user has";
    case Target::database:
    case Target::database_itself: return "the database " + name + ", which [databases] does not have";
    case Target::tenant: return "the tenant " + name + ", which [tenants] does not have";
  }
  return name;
}

}  // namespace

void check_references(LoadContext& context) {
  for (const Reference& reference : context.references) {
    if (resolves(reference, context.config)) continue;
    context.faults.add(reference.severity, reference.place, reference.referrer + " names " + complaint(reference));
  }
}

}  // namespace sqlproxy::config::loading
