#pragma once

#include <string>
#include <vector>

namespace sqlproxy::core {

// A library that the program uses, as `sql-proxy version` lists it.
struct LibraryVersion {
  std::string name;
  std::string version;
};

// Those whose home is this layer. Each layer with libraries has a function of this name, for each library may be asked
// by its home only.
[[nodiscard]] std::vector<LibraryVersion> library_versions();

}  // namespace sqlproxy::core
