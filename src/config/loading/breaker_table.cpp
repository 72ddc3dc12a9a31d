#include "config/loading/breaker_table.hpp"

namespace sqlproxy::config::loading {

void load_breaker(TableReader& parent, std::optional<Breaker>& out) {
  constexpr std::size_t kMaxFailures = 1'000'000;
  auto table = parent.table("breaker");
  if (!table) return;
  Breaker breaker;
  table->count("failures", breaker.failures, 1, kMaxFailures);
  table->duration("window", breaker.window, std::chrono::milliseconds(1));
  table->duration("cooldown", breaker.cooldown, std::chrono::milliseconds(1));
  table->finish();
  out = breaker;
}

}  // namespace sqlproxy::config::loading
