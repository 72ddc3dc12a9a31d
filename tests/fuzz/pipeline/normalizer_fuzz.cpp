// The normaliser shows no data and is stable; equal cache keys mean equal analyses.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/pipeline/cache_key_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Every literal costs several parses.
  constexpr std::size_t kMaxBytes = 2048;
  const std::string sql(reinterpret_cast<const char*>(data), size);
  if (size > kMaxBytes || sql.find('\0') != std::string::npos) return 0;
  for (const auto& fault : {sqlproxy::testing::normalizer_fault(sql), sqlproxy::testing::cache_key_fault(sql)}) {
    if (!fault) continue;
    std::fprintf(stderr, "%s\n", fault->c_str());
    std::abort();
  }
  return 0;
}
