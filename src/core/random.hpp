#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace sqlproxy::core {

// Fills `size` bytes at `data` from the operating system's generator (getrandom(2)); suitable for keys and nonces.
// Ends the process when the system has no randomness: there is no safe way on.
void random_bytes(void* data, std::size_t size);

[[nodiscard]] std::string random_string(std::size_t size);
[[nodiscard]] std::uint32_t random_u32();

}  // namespace sqlproxy::core
