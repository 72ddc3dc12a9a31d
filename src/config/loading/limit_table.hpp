#pragma once

#include <optional>

#include "config/limits.hpp"
#include "config/loading/table_reader.hpp"

namespace sqlproxy::config::loading {

// Reads the keys `rate` and `burst` of `table`, both required.
void load_rate_and_burst(TableReader& table, Limit& limit);

// Reads `KEY = { rate, burst }` of `parent`.
void load_limit(TableReader& parent, std::string_view key, std::optional<Limit>& out);

}  // namespace sqlproxy::config::loading
