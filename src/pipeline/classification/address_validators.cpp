// Addresses of the network: IPv4, IPv6, MAC.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "pipeline/classification/digits.hpp"
#include "pipeline/classification/validators.hpp"

namespace sqlproxy::pipeline::validators {
namespace {

constexpr int kNotANumber = -1;

// Of one to three digits without leading zeros; takes it from `text`.
int take_octet(std::string_view& text) {
  std::size_t size = 0;
  int value = 0;
  while (size < text.size() && size < 3 && is_digit(text[size])) value = value * 10 + digit_value(text[size++]);
  if (size == 0 || value > 255 || (size > 1 && text[0] == '0')) return kNotANumber;
  text.remove_prefix(size);
  return value;
}

bool is_number_up_to(std::string_view text, int limit) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_digit)) return false;
  int value = 0;
  for (const char c : text) value = value * 10 + digit_value(c);
  return value <= limit;
}

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

using Octets = std::array<int, 4>;

std::optional<Octets> take_ipv4(std::string_view& text) {
  Octets octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i != 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    octets[i] = take_octet(text);
    if (octets[i] == kNotANumber) return std::nullopt;
  }
  return octets;
}

// 5.0.12.1 is a version as likely as an address.
bool may_be_version(const Octets& octets) {
  constexpr int kSmall = 32;
  const bool in_private_range = octets[0] == 10 || octets[0] == 127;
  return !in_private_range && std::ranges::all_of(octets, [](int octet) { return octet < kSmall; });
}

// The groups of four digits at most; counts what "::" stands for as none. False where the form is broken.
bool count_groups(std::string_view text, std::size_t& groups, bool& shortened) {
  groups = 0;
  shortened = false;
  while (!text.empty()) {
    if (text.starts_with("::")) {
      if (shortened) return false;
      shortened = true;
      text.remove_prefix(2);
      continue;
    }
    if (groups != 0 || text.front() == ':') {
      if (text.front() == ':') {
        if (groups == 0) return false;
        text.remove_prefix(1);
      }
    }
    std::string_view tail = text;
    if (text.find(':') == std::string_view::npos && text.find('.') != std::string_view::npos) {
      groups += 2;
      return take_ipv4(tail).has_value() && tail.empty();
    }
    const auto end = std::ranges::find_if_not(text, is_hex);
    const auto size = static_cast<std::size_t>(end - text.begin());
    if (size == 0 || size > 4) return false;
    ++groups;
    text.remove_prefix(size);
    if (!text.empty() && text.front() != ':') return false;
  }
  return true;
}

}  // namespace

bool is_ipv4(std::string_view text) {
  const auto octets = take_ipv4(text);
  if (!octets || may_be_version(*octets)) return false;
  if (text.empty()) return true;
  const char mark = text.front();
  text.remove_prefix(1);
  return (mark == '/' && is_number_up_to(text, 32)) || (mark == ':' && is_number_up_to(text, 65535));
}

bool is_ipv6(std::string_view text) {
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    if (!is_number_up_to(text.substr(slash + 1), 128)) return false;
    text = text.substr(0, slash);
  }
  text = text.substr(0, text.find('%'));
  std::size_t groups = 0;
  bool shortened = false;
  if (!count_groups(text, groups, shortened)) return false;
  // "::" and "a::" are addresses, and too little to tell.
  return shortened ? groups >= 2 && groups < 8 : groups == 8;
}

bool is_mac(std::string_view text) {
  std::size_t digits = 0;
  bool differs = false;
  for (const char c : text) {
    if (!is_hex(c)) continue;
    ++digits;
    differs |= c != text.front();
  }
  return digits == 12 && differs;
}

}  // namespace sqlproxy::pipeline::validators
