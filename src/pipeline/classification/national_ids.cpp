#include "pipeline/classification/national_ids.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "pipeline/classification/digits.hpp"

namespace sqlproxy::pipeline::validators {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// The characters that are not among `separators`; false when there are more or fewer than the array has.
template <std::size_t N>
bool compact(std::string_view text, std::string_view separators, std::array<char, N>& out) {
  std::size_t size = 0;
  for (const char c : text) {
    if (separators.find(c) != std::string_view::npos) continue;
    if (size == N) return false;
    out[size++] = c;
  }
  return size == N;
}

std::optional<Digits> digits_of(std::string_view text, std::size_t count, std::string_view separators) {
  auto digits = Digits::of(text, separators);
  if (!digits || digits->size() != count || digits->all_equal()) return std::nullopt;
  return digits;
}

template <std::size_t N>
int weighted_sum(const Digits& digits, const std::array<int, N>& weights) {
  int sum = 0;
  for (std::size_t i = 0; i < N; ++i) sum += digits[i] * weights[i];
  return sum;
}

}  // namespace

bool is_uk_nino(std::string_view text) {
  std::array<char, 9> c{};
  if (!compact(text, " ", c)) return false;
  if (!is_upper(c[0]) || !is_upper(c[1]) || !std::all_of(c.begin() + 2, c.begin() + 8, is_digit)) return false;
  if (c[8] < 'A' || c[8] > 'D') return false;
  constexpr std::string_view kNever = "DFIQUV";
  if (kNever.find(c[0]) != std::string_view::npos || kNever.find(c[1]) != std::string_view::npos || c[1] == 'O') {
    return false;
  }
  static constexpr std::string_view kNotGiven[] = {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"};
  return std::ranges::find(kNotGiven, std::string_view(c.data(), 2)) == std::end(kNotGiven);
}

bool is_spanish_dni(std::string_view text) {
  std::array<char, 9> c{};
  if (!compact(text, "- .", c) || !is_upper(c[8])) return false;
  // The first letter of a foreigner's number stands for a digit.
  if (c[0] >= 'X' && c[0] <= 'Z') c[0] = static_cast<char>('0' + (c[0] - 'X'));
  if (!std::all_of(c.begin(), c.begin() + 8, is_digit)) return false;
  int number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number * 10 + digit_value(c[i]);
  return number != 0 && "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == c[8];
}

bool is_french_nir(std::string_view text) {
  std::array<char, 15> c{};
  if (!compact(text, " ", c) || (c[0] != '1' && c[0] != '2')) return false;
  // Corsica's departments count as others.
  std::int64_t taken = 0;
  if (c[5] == '2' && (c[6] == 'A' || c[6] == 'B')) {
    taken = c[6] == 'A' ? 1'000'000 : 2'000'000;
    c[6] = '0';
  }
  if (!std::ranges::all_of(c, is_digit)) return false;
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 13; ++i) number = number * 10 + digit_value(c[i]);
  const int month = digit_value(c[3]) * 10 + digit_value(c[4]);
  if (month == 0 || (month > 12 && month < 20) || (month > 42 && month < 50)) return false;
  return digit_value(c[13]) * 10 + digit_value(c[14]) == 97 - (number - taken) % 97;
}

bool is_italian_fiscal_code(std::string_view text) {
  std::array<char, 16> c{};
  if (!compact(text, " ", c)) return false;
  constexpr std::string_view kForm = "AAAAAA00A00A000A";
  // Digits may be written as letters where two persons would have the same code.
  constexpr std::string_view kLettersForDigits = "LMNPQRSTUV";
  for (std::size_t i = 0; i < c.size(); ++i) {
    const bool letter_for_digit = kLettersForDigits.find(c[i]) != std::string_view::npos;
    if (kForm[i] == 'A' ? !is_upper(c[i]) : !is_digit(c[i]) && !letter_for_digit) return false;
  }
  if (std::string_view("ABCDEHLMPRST").find(c[8]) == std::string_view::npos) return false;
  static constexpr std::array<int, 26> kOdd = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
                                               20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
  int sum = 0;
  for (std::size_t i = 0; i < 15; ++i) {
    const auto value = static_cast<std::size_t>(is_digit(c[i]) ? c[i] - '0' : c[i] - 'A');
    sum += i % 2 == 0 ? kOdd[value] : static_cast<int>(value);
  }
  return c[15] == 'A' + sum % 26;
}

bool is_german_tax_id(std::string_view text) {
  const auto digits = digits_of(text, 11, " ");
  if (!digits || (*digits)[0] == 0) return false;
  // Of the first ten digits one comes two or three times, and one or two not at all.
  std::array<int, 10> counts{};
  for (std::size_t i = 0; i < 10; ++i) ++counts[static_cast<std::size_t>((*digits)[i])];
  const auto missing = std::ranges::count(counts, 0);
  const auto repeated = std::ranges::count_if(counts, [](int count) { return count > 1; });
  if (repeated != 1 || (missing != 1 && missing != 2)) return false;
  int product = 10;
  for (std::size_t i = 0; i < 10; ++i) {
    int sum = ((*digits)[i] + product) % 10;
    if (sum == 0) sum = 10;
    product = sum * 2 % 11;
  }
  return (11 - product) % 10 == (*digits)[10];
}

bool is_dutch_bsn(std::string_view text) {
  const auto digits = digits_of(text, 9, " .");
  return digits && weighted_sum<9>(*digits, {9, 8, 7, 6, 5, 4, 3, 2, -1}) % 11 == 0;
}

bool is_belgian_register_number(std::string_view text) {
  const auto digits = digits_of(text, 11, " .-");
  if (!digits || digits->number(2, 2) > 12 || digits->number(4, 2) > 31) return false;
  const int number = digits->number(0, 9);
  const int check = digits->number(9, 2);
  // Who was born from 2000 on has a 2 in front.
  constexpr std::int64_t kFrom2000 = 2'000'000'000;
  return check == 97 - number % 97 || check == static_cast<int>(97 - (kFrom2000 + number) % 97);
}

bool is_polish_pesel(std::string_view text) {
  const auto digits = digits_of(text, 11, "");
  if (!digits) return false;
  // The century is in the month: 80 for 18.., 0 for 19.., 20 for 20..
  const int month = digits->number(2, 2) % 20;
  if (!is_date(2000, month, digits->number(4, 2))) return false;
  const int sum = weighted_sum<10>(*digits, {1, 3, 7, 9, 1, 3, 7, 9, 1, 3});
  return (10 - sum % 10) % 10 == (*digits)[10];
}

bool is_swedish_personal_number(std::string_view text) {
  const auto digits = Digits::of(text, "-+");
  if (!digits || (digits->size() != 10 && digits->size() != 12)) return false;
  const std::string_view ten = digits->text().substr(digits->size() - 10);
  const std::size_t at = digits->size() - 10;
  // Coordination numbers have 60 added to the day.
  const int day = digits->number(at + 4, 2) % 60;
  if (!is_date(2000, digits->number(at + 2, 2), day)) return false;
  return passes_luhn(ten);
}

bool is_finnish_personal_code(std::string_view text) {
  if (text.size() != 11) return false;
  const auto date = Digits::of(text.substr(0, 6), "");
  const auto number = Digits::of(text.substr(7, 3), "");
  if (!date || !number || date->size() != 6 || number->size() != 3) return false;
  if (!is_date(2000, date->number(2, 2), date->number(0, 2))) return false;
  const int value = date->number(0, 6) * 1000 + number->number(0, 3);
  return "0123456789ABCDEFHJKLMNPRSTUVWXY"[value % 31] == text[10];
}

bool is_swiss_ahv(std::string_view text) {
  const auto digits = digits_of(text, 13, ".");
  if (!digits || digits->number(0, 3) != 756) return false;
  const int sum = weighted_sum<12>(*digits, {1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3});
  return (10 - sum % 10) % 10 == (*digits)[12];
}

bool is_brazilian_cpf(std::string_view text) {
  const auto digits = digits_of(text, 11, ".-");
  if (!digits) return false;
  for (std::size_t check = 9; check < 11; ++check) {
    int sum = 0;
    for (std::size_t i = 0; i < check; ++i) sum += (*digits)[i] * static_cast<int>(check + 1 - i);
    if (sum * 10 % 11 % 10 != (*digits)[check]) return false;
  }
  return true;
}

bool is_indian_aadhaar(std::string_view text) {
  const auto digits = digits_of(text, 12, " -");
  if (!digits || (*digits)[0] < 2) return false;
  // Verhoeff's: the dihedral group of order 10, and a permutation for each place.
  static constexpr std::array<std::array<int, 10>, 10> kProduct = {{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                                                                    {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
                                                                    {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
                                                                    {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
                                                                    {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
                                                                    {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
                                                                    {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
                                                                    {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
                                                                    {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
                                                                    {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}}};
  static constexpr std::array<std::array<int, 10>, 8> kPlace = {{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                                                                 {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                                                 {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
                                                                 {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                                                 {9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
                                                                 {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                                                 {2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
                                                                 {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}}};
  int check = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    const auto digit = static_cast<std::size_t>((*digits)[11 - i]);
    check = kProduct[static_cast<std::size_t>(check)][static_cast<std::size_t>(kPlace[i % 8][digit])];
  }
  return check == 0;
}

bool is_indian_pan(std::string_view text) {
  if (text.size() != 10) return false;
  constexpr std::string_view kForm = "AAAAA0000A";
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kForm[i] == 'A' ? !is_upper(text[i]) : !is_digit(text[i])) return false;
  }
  // P: a person; the others are of companies, families, trusts.
  return text[3] == 'P';
}

bool is_chinese_resident_id(std::string_view text) {
  if (text.size() != 18) return false;
  const auto digits = Digits::of(text.substr(0, 17), "");
  if (!digits || digits->size() != 17) return false;
  const int year = digits->number(6, 4);
  if (year < 1900 || year > 2100 || !is_date(year, digits->number(10, 2), digits->number(12, 2))) return false;
  const int sum = weighted_sum<17>(*digits, {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2});
  const char last = text[17] == 'x' ? 'X' : text[17];
  return "10X98765432"[sum % 11] == last;
}

bool is_canadian_sin(std::string_view text) {
  const auto digits = digits_of(text, 9, " -");
  return digits && (*digits)[0] != 0 && (*digits)[0] != 8 && passes_luhn(digits->text());
}

}  // namespace sqlproxy::pipeline::validators
