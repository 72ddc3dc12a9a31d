#include "core/uuid.hpp"

#include <cstring>
#include <random>

#include "core/random.hpp"

namespace sqlproxy::core {
namespace {

std::mt19937_64& generator() {
  thread_local std::mt19937_64 engine{[] {
    std::uint64_t seed = 0;
    random_bytes(&seed, sizeof seed);
    return seed;
  }()};
  return engine;
}

}  // namespace

Uuid Uuid::v7(WallTime now) {
  Uuid id;
  const auto milliseconds =
      static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  for (int i = 0; i < 6; ++i)
    id.bytes_[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(milliseconds >> (40 - 8 * i));
  const std::uint64_t a = generator()();
  const std::uint64_t b = generator()();
  id.bytes_[6] = static_cast<std::uint8_t>(0x70 | ((a >> 8) & 0x0F));
  id.bytes_[7] = static_cast<std::uint8_t>(a);
  std::memcpy(&id.bytes_[8], &b, sizeof b);
  id.bytes_[8] = static_cast<std::uint8_t>(0x80 | (id.bytes_[8] & 0x3F));
  return id;
}

void Uuid::append_to(std::string& out) const {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<char, 36> text{};
  char* to = text.data();
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    *to++ = kHex[bytes_[i] >> 4];
    *to++ = kHex[bytes_[i] & 0x0F];
  }
  out.append(text.data(), text.size());
}

std::string Uuid::text() const {
  std::string out;
  append_to(out);
  return out;
}

}  // namespace sqlproxy::core
