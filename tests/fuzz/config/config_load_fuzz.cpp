// The whole way of a configuration file: any bytes give a configuration or faults, never neither, both or a crash.
// Faults are one printable line each, at places in the file's order.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/load.hpp"
#include "config/reload.hpp"

namespace {

using namespace sqlproxy::config;

void require(bool condition) {
  if (!condition) std::abort();
}

void require_sound(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) {
    require(fault.line >= 1 && fault.column >= 1);
    require(!fault.message.empty());
    // toml++ quotes a key in its own messages as it stands; what we say ourselves is escaped.
    require(std::ranges::none_of(fault.message, [](char c) { return c == '\n' || c == '\r' || c == '\x1b'; }));
  }
  require(std::ranges::is_sorted(
      faults, [](const Fault& a, const Fault& b) { return a.line != b.line ? a.line < b.line : a.column < b.column; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const LoadResult result = load_config_text(text, "fuzz.toml");
  require((result.config == nullptr) == !result.faults.empty());
  require_sound(result.faults);
  require_sound(result.warnings);
  if (result.config) require(restart_needed(*result.config, *result.config).empty());
  return 0;
}
