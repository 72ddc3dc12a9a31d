#include "identity/base64url.hpp"

#include <cstdint>

namespace sqlproxy::identity {
namespace {

// The six bits that a character stands for; -1 for others.
int bits_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

}  // namespace

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t pending = 0;
  int count = 0;
  for (const char c : text) {
    const int bits = bits_of(c);
    if (bits < 0) return std::nullopt;
    pending = (pending << 6 | static_cast<std::uint32_t>(bits)) & 0xFFFFU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(pending >> count & 0xFFU);
  }
  if ((pending & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace sqlproxy::identity
