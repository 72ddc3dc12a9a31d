#pragma once

#include <compare>

namespace sqlproxy::config::loading {

// A place in the file being loaded: line and column from 1; 1:1 stands for the file as a whole.
struct Place {
  int line = 1;
  int column = 1;

  friend auto operator<=>(const Place&, const Place&) = default;
};

}  // namespace sqlproxy::config::loading
