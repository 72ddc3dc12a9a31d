#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sqlproxy::pipeline {

// What decides how PostgreSQL reads a name in one session at one moment. Plain data, owned by the session, which keeps
// it in step with the settings that the server has.
struct NameScope {
  // The database as clients and rules call it.
  std::string database;
  // The same database as the server calls it (`current_database()`): the only catalog a three-part name may have.
  std::string server_database;
  // The server's current_user: what "$user" in the search_path stands for.
  std::string current_user;
  // The elements of search_path in order, unquoted and folded, "$user" among them as written.
  std::vector<std::string> search_path{"$user", "public"};
  // False when the server's search_path is not certain: a name without a schema then stands for every object of that
  // name, whatever its schema.
  bool search_path_known = true;
  // Relations (and with them row types) in the session's pg_temp that the proxy saw being created.
  std::vector<std::string> temporary_relations;
  // True when pg_temp may hold more than those: after DO, or a function that may create tables.
  bool unknown_temporary_objects = false;

  friend bool operator==(const NameScope&, const NameScope&) = default;

  [[nodiscard]] bool has_temporary(std::string_view name) const {
    return std::ranges::find(temporary_relations, name) != temporary_relations.end();
  }
};

}  // namespace sqlproxy::pipeline
