#include "core/identifier.hpp"

namespace sqlproxy::core {

std::string_view truncate_identifier(std::string_view name) noexcept {
  if (name.size() <= kMaxIdentifierBytes) return name;
  std::size_t end = kMaxIdentifierBytes;
  // A byte 10xxxxxx continues a character: step back to that character's first byte.
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end);
}

}  // namespace sqlproxy::core
