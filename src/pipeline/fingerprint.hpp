#pragma once

#include <cstdint>
#include <string_view>

namespace sqlproxy::pipeline {

// XXH3, 64 bits. Stable across runs and machines for the same seed.
[[nodiscard]] std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0);

}  // namespace sqlproxy::pipeline
