#pragma once

#include <filesystem>
#include <vector>

#include "config/config.hpp"
#include "config/loading/fault_list.hpp"
#include "config/loading/reference.hpp"

namespace sqlproxy::config::loading {

// What the readers of the sections share while one file is loaded.
struct LoadContext {
  FaultList& faults;
  // Where relative paths start.
  std::filesystem::path directory;
  // What is filled in.
  Config config;
  // Names to be looked up when every section has been read.
  std::vector<Reference> references;
  // Where each of config.policies begins; as many.
  std::vector<Place> policy_places;
};

}  // namespace sqlproxy::config::loading
