#include "config/loading/units.hpp"

#include <charconv>
#include <cstdint>
#include <span>

namespace sqlproxy::config::loading {

namespace {

struct Unit {
  std::string_view suffix;
  std::uint64_t factor;
};

constexpr Unit kDurationUnits[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000},
};
constexpr std::uint64_t kMaxMilliseconds = std::uint64_t{100} * 365 * 86'400'000;

constexpr Unit kSizeUnits[] = {{"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 53;

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units, std::uint64_t max) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  if (number == 0 && suffix.empty()) return 0;
  for (const Unit& unit : units) {
    if (suffix != unit.suffix) continue;
    if (number > max / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto quantity = parse_quantity(text, kDurationUnits, kMaxMilliseconds);
  if (!quantity) return std::nullopt;
  return std::chrono::milliseconds(*quantity);
}

std::optional<std::size_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits, kMaxBytes);
}

}  // namespace sqlproxy::config::loading
