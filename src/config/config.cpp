#include "config/config.hpp"

#include <algorithm>

namespace sqlproxy::config {

const Database* Config::find_database(std::string_view name) const {
  auto found = databases.find(name);
  if (found == databases.end()) found = databases.find("*");
  return found == databases.end() ? nullptr : &found->second;
}

const User* Config::find_user(std::string_view name) const {
  const auto found = std::ranges::find(users, name, &User::name);
  return found == users.end() ? nullptr : &*found;
}

bool Config::has_passthrough() const {
  return std::ranges::any_of(databases,
                             [](const auto& entry) { return entry.second.identity == Identity::passthrough; });
}

}  // namespace sqlproxy::config
