#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sqlproxy::config {

// A range of IPv4 or IPv6 addresses in CIDR notation; an address without a prefix length is a range of one.
class AddressRange {
 public:
  // "10.0.0.0/8", "::1/128", "192.0.2.7". Nothing when malformed, or when bits are set to the right of the prefix.
  [[nodiscard]] static std::optional<AddressRange> parse(std::string_view text);

  // `address`: 4 (IPv4) or 16 (IPv6) bytes in network order; any other length is in no range. An IPv4-mapped IPv6
  // address (::ffff:a.b.c.d, what a dual-stack socket reports) counts as the IPv4 address.
  [[nodiscard]] bool contains(std::span<const std::uint8_t> address) const;

  friend bool operator==(const AddressRange&, const AddressRange&) = default;

 private:
  AddressRange() = default;

  std::array<std::uint8_t, 16> bytes_{};
  // 4 or 16.
  std::uint8_t size_ = 4;
  std::uint8_t prefix_bits_ = 0;
};

}  // namespace sqlproxy::config
