// Our lexer against PostgreSQL's scanner (libpg_query): the same tokens, and errors on the same texts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/pipeline/scan_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // libpg_query's scanner takes time in the square of operator runs.
  constexpr std::size_t kMaxBytes = 4096;
  const std::string sql(reinterpret_cast<const char*>(data), size);
  if (size > kMaxBytes || sql.find('\0') != std::string::npos) return 0;
  if (const auto difference = sqlproxy::testing::lexer_difference(sql)) {
    std::fprintf(stderr, "%s\n", difference->c_str());
    std::abort();
  }
  return 0;
}
