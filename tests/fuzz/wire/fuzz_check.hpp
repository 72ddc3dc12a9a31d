#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace sqlproxy::wire::fuzz {

// Ends the run when what must hold for every input does not.
inline void require(bool holds) {
  if (!holds) std::abort();
}

[[nodiscard]] inline std::string_view view(const std::uint8_t* data, std::size_t size) {
  return size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(data), size);
}

// Takes the text before the first `separator` off `input`, or all of it.
[[nodiscard]] inline std::string_view take_until(std::string_view& input, char separator) {
  const std::size_t end = input.find(separator);
  const std::string_view taken = input.substr(0, end);
  input = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
  return taken;
}

}  // namespace sqlproxy::wire::fuzz
