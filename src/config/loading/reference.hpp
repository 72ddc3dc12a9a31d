#pragma once

#include <string>

#include "config/loading/fault_list.hpp"

namespace sqlproxy::config::loading {

// A name by which one section refers to another.
struct Reference {
  enum class Target {
    user,
    role,
    database,         // the "*" entry answers for every name
    database_itself,  // only an entry of that very name
    tenant,
  };

  Target target = Target::user;
  std::string name;
  Place place;
  // What a dangling one is.
  Severity severity = Severity::fault;
  // Who refers, e.g. "rule \"sales\"".
  std::string referrer;
};

}  // namespace sqlproxy::config::loading
