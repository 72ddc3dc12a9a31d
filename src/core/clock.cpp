#include "core/clock.hpp"

#include <array>

namespace sqlproxy::core {
namespace {

// Writes `value` with `width` digits, zero-padded.
char* put_digits(char* to, unsigned value, int width) {
  for (int i = width - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return to + width;
}

}  // namespace

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

void append_rfc3339(std::string& out, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<std::chrono::microseconds> clock{time - day};
  std::array<char, 27> text{};
  char* to = text.data();
  to = put_digits(to, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *to++ = '-';
  to = put_digits(to, static_cast<unsigned>(date.month()), 2);
  *to++ = '-';
  to = put_digits(to, static_cast<unsigned>(date.day()), 2);
  *to++ = 'T';
  to = put_digits(to, static_cast<unsigned>(clock.hours().count()), 2);
  *to++ = ':';
  to = put_digits(to, static_cast<unsigned>(clock.minutes().count()), 2);
  *to++ = ':';
  to = put_digits(to, static_cast<unsigned>(clock.seconds().count()), 2);
  *to++ = '.';
  to = put_digits(to, static_cast<unsigned>(clock.subseconds().count()), 6);
  *to++ = 'Z';
  out.append(text.data(), static_cast<std::size_t>(to - text.data()));
}

std::string to_rfc3339(WallTime time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

}  // namespace sqlproxy::core
