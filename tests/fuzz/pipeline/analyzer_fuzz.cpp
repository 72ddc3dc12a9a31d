// The analyzer on any text that the guards let through, held against libpg_query's own serialiser.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "pipeline/text_guard.hpp"
#include "tests/support/pipeline/analyzer_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The serialiser is recursive, the analyzer is not; longer texts are the unit tests' (analyzer_limits_test.cpp).
  constexpr std::size_t kMaxBytes = 4096;
  const std::string sql(reinterpret_cast<const char*>(data), size);
  if (size > kMaxBytes || !sqlproxy::pipeline::check_text(sql, sqlproxy::pipeline::TextLimits{})) return 0;
  if (const auto difference = sqlproxy::testing::analyzer_difference(sql)) {
    std::fprintf(stderr, "%s\n", difference->c_str());
    std::abort();
  }
  return 0;
}
