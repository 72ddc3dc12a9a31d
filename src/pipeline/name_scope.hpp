#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/analysis.hpp"

namespace sqlproxy::pipeline {

// A relation that a session has made.
struct StandingRelation {
  // The schema is pg_temp for a temporary one.
  QualifiedName name;
  // Without a schema: the search_path in which it was made.
  std::vector<std::string> path;
  // A lasting one that is committed: the first Catalog::generation() that tells whether it is still there. 0: none
  // does.
  std::uint64_t known_from = 0;

  friend bool operator==(const StandingRelation&, const StandingRelation&) = default;
};

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
  // Relations (and with them row types) in the session's pg_temp that the proxy saw being created. They may be gone: by
  // DROP, by a ROLLBACK, at the end of a transaction, in a function. Such a name stands for what it would be without
  // pg_temp as well.
  std::vector<std::string> temporary_relations;
  // Names of relations and types that the session has dropped, renamed or moved, or may have; `any_name_changed`: more
  // than these. The catalog snapshot knows of it later than the server, in an open transaction not at all: behind such
  // an object a name may stand for the next one in the search_path.
  std::vector<std::string> changed_names;
  bool any_name_changed = false;
  // Relations that the session has made, renamed or moved to these names, or may have; the newest. One without a schema
  // may be in any that objects are created in.
  std::vector<QualifiedName> made_names;
  // Of all these, temporary ones too, those that the session has made for certain and no statement of it has taken away
  // since. A name that is none of them may belong by now to something that the catalog snapshot does not know yet.
  std::vector<StandingRelation> standing;
  // True when pg_temp may hold more than those: after DO, or a function that may create tables.
  bool unknown_temporary_objects = false;

  friend bool operator==(const NameScope&, const NameScope&) = default;

  [[nodiscard]] bool has_temporary(std::string_view name) const {
    return std::ranges::find(temporary_relations, name) != temporary_relations.end();
  }
  [[nodiscard]] bool may_have_made(std::string_view schema, std::string_view name) const {
    return std::ranges::any_of(made_names,
                               [&](const QualifiedName& made) { return made.name == name && made.schema == schema; });
  }
  [[nodiscard]] bool may_have_changed(std::string_view name) const {
    return any_name_changed || std::ranges::find(changed_names, name) != changed_names.end();
  }
};

}  // namespace sqlproxy::pipeline
