#pragma once

#include <string_view>

namespace sqlproxy::config::loading {

// One of the words that a key may be set to, and what it stands for.
template <class Enum>
struct Choice {
  std::string_view word;
  Enum value;
};

}  // namespace sqlproxy::config::loading
