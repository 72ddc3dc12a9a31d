#include "config/loading/limit_table.hpp"

namespace sqlproxy::config::loading {

void load_rate_and_burst(TableReader& table, Limit& limit) {
  table.positive_number("rate", limit.rate);
  // Below one, no statement would ever find a whole token.
  if (table.positive_number("burst", limit.burst) && limit.burst < 1) {
    table.fault(table.place("burst"), "\"burst\" must be 1 or more");
  }
  for (const char* const key : {"rate", "burst"}) {
    if (!table.has(key)) table.fault(table.place(), table.name() + " lacks " + in_quotes(key));
  }
}

void load_limit(TableReader& parent, std::string_view key, std::optional<Limit>& out) {
  auto table = parent.table(key);
  if (!table) return;
  Limit limit;
  load_rate_and_burst(*table, limit);
  table->finish();
  out = limit;
}

}  // namespace sqlproxy::config::loading
