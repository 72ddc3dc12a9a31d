#include "config/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace sqlproxy::config {

namespace {

constexpr std::size_t kIPv4Bytes = 4;
constexpr std::size_t kIPv6Bytes = 16;

// ::ffff:0:0/96 (RFC 4291, section 2.5.5.2).
constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_mapped(std::span<const std::uint8_t> address) {
  return address.size() == kIPv6Bytes && std::ranges::equal(address.first(kMappedPrefix.size()), kMappedPrefix);
}

// The bits of byte `index` that a prefix of `prefix_bits` covers.
std::uint8_t prefix_mask(std::size_t index, unsigned prefix_bits) {
  const std::size_t first_bit = index * 8;
  if (prefix_bits >= first_bit + 8) return 0xFF;
  if (prefix_bits <= first_bit) return 0;
  return static_cast<std::uint8_t>(0xFFU << (8 - (prefix_bits - first_bit)));
}

}  // namespace

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));

  AddressRange range;
  if (inet_pton(AF_INET, address.c_str(), range.bytes_.data()) == 1) {
    range.size_ = kIPv4Bytes;
  } else if (inet_pton(AF_INET6, address.c_str(), range.bytes_.data()) == 1) {
    range.size_ = kIPv6Bytes;
  } else {
    return std::nullopt;
  }
  // inet_pton stops at a zero byte; the text must not go on behind it.
  if (address.find('\0') != std::string::npos) return std::nullopt;

  unsigned prefix_bits = range.size_ * 8U;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix_bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix_bits > range.size_ * 8U) {
      return std::nullopt;
    }
  }
  range.prefix_bits_ = static_cast<std::uint8_t>(prefix_bits);
  for (std::size_t i = 0; i < range.size_; ++i) {
    if ((range.bytes_[i] & ~prefix_mask(i, prefix_bits)) != 0) return std::nullopt;
  }
  return range;
}

bool AddressRange::contains(std::span<const std::uint8_t> address) const {
  if (size_ == kIPv4Bytes && is_mapped(address)) address = address.subspan(kMappedPrefix.size());
  if (address.size() != size_) return false;
  for (std::size_t i = 0; i < size_; ++i) {
    if ((address[i] & prefix_mask(i, prefix_bits_)) != bytes_[i]) return false;
  }
  return true;
}

}  // namespace sqlproxy::config
