#include "core/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace sqlproxy::core {

void random_bytes(void* data, std::size_t size) {
  auto* to = static_cast<char*>(data);
  while (size != 0) {
    const ssize_t got = ::getrandom(to, size, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();
    }
    to += got;
    size -= static_cast<std::size_t>(got);
  }
}

std::string random_string(std::size_t size) {
  std::string out(size, '\0');
  random_bytes(out.data(), out.size());
  return out;
}

std::uint32_t random_u32() {
  std::uint32_t value = 0;
  random_bytes(&value, sizeof value);
  return value;
}

}  // namespace sqlproxy::core
