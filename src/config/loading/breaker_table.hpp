#pragma once

#include <optional>

#include "config/breaker.hpp"
#include "config/loading/table_reader.hpp"

namespace sqlproxy::config::loading {

// Reads `breaker = { failures, window, cooldown }` of `parent`.
void load_breaker(TableReader& parent, std::optional<Breaker>& out);

}  // namespace sqlproxy::config::loading
