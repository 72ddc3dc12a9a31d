#include <set>

#include "config/loading/sections.hpp"
#include "config/loading/verifier_syntax.hpp"
#include "core/identifier.hpp"

namespace sqlproxy::config::loading {

namespace {

void load_name(TableReader& table, User& user, std::set<std::string>& names) {
  if (!table.text("name", user.name)) {
    if (!table.has("name")) table.fault(table.place(), table.name() + " lacks \"name\"");
    return;
  }
  const Place place = table.place("name");
  if (user.name == "*") {
    table.fault(place, "a user cannot be named \"*\", which stands for everyone");
  } else if (user.name.size() > core::kMaxIdentifierBytes) {
    table.fault(place, "\"name\" is longer than PostgreSQL's 63 bytes");
  } else if (!names.insert(user.name).second) {
    table.fault(place, "the user " + in_quotes(user.name) + " is configured twice");
  }
}

void load_credentials(TableReader& table, User& user) {
  table.secret("verifier", user.verifier);
  table.secret("password", user.password);
  if (table.has("verifier") && table.has("password")) {
    table.fault(table.place("password"), "a user has a verifier or a password, not both");
  }
  if (user.verifier && verifier_kind(user.verifier->reveal()) == VerifierKind::none) {
    table.fault(
        table.place("verifier"),
        "\"verifier\" must be as `sql-proxy password` prints it (SCRAM-SHA-256$...), or md5 and 32 hexadecimal digits");
  }
  if (user.password) {
    table.warn(table.place("password"),
               "the password is kept in plain text; `sql-proxy password` makes a verifier of it");
  }
}

User load_user(TableReader& table, std::set<std::string>& names, LoadContext& context) {
  User user;
  load_name(table, user, names);
  load_credentials(table, user);
  if (const auto roles = table.located_texts("roles", Emptiness::allowed)) {
    for (const LocatedText& role : *roles) {
      if (role.text() == "*") table.fault(role.place(), "a role cannot be named \"*\", which stands for everyone");
      user.roles.emplace_back(role.text());
    }
  }
  if (table.text("tenant", user.tenant)) {
    context.references.push_back({Reference::Target::tenant, user.tenant, table.place("tenant"), Severity::fault,
                                  "the user " + in_quotes(user.name)});
  }
  table.finish();
  return user;
}

}  // namespace

void load_users(TableReader& root, LoadContext& context) {
  std::set<std::string> names;
  for (TableReader& table : root.tables("users")) context.config.users.push_back(load_user(table, names, context));
}

}  // namespace sqlproxy::config::loading
