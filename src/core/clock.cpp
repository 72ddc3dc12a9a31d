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

// Everything of a time but the parts of its second, and the full stop in front of these: 20 characters.
void put_second(char* to, std::chrono::sys_seconds second) {
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<std::chrono::seconds> clock{second - day};
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
  *to = '.';
}

}  // namespace

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

void append_rfc3339(std::string& out, WallTime time) {
  constexpr std::size_t kSecondSize = 20;
  struct Text {
    std::chrono::sys_seconds second = std::chrono::sys_seconds::min();
    std::array<char, kSecondSize + 7> characters{};
  };
  // Times come one after the other, many in one second.
  thread_local Text text;
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != text.second) {
    put_second(text.characters.data(), second);
    text.second = second;
  }
  char* const end = put_digits(text.characters.data() + kSecondSize,
                               static_cast<unsigned>(std::chrono::microseconds(time - second).count()), 6);
  *end = 'Z';
  out.append(text.characters.data(), text.characters.size());
}

std::string to_rfc3339(WallTime time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

}  // namespace sqlproxy::core
