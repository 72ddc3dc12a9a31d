#pragma once

#include <compare>

namespace sqlproxy::config::loading {

// A place in the file being loaded: line and column from 1; 0:0 is the file as a whole.
struct Place {
  int line = 0;
  int column = 0;

  friend auto operator<=>(const Place&, const Place&) = default;
};

}  // namespace sqlproxy::config::loading
