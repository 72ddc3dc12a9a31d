#include "pipeline/classification/validators.hpp"

#include <algorithm>
#include <array>
#include <bitset>

#include "pipeline/classification/digits.hpp"

namespace sqlproxy::pipeline::validators {
namespace {

constexpr std::string_view kNumberSeparators = " -./()";

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// Names of files, of packages and the like that have the form of an address: logo@2x.png.
bool is_file_ending(std::string_view ending) {
  static constexpr std::string_view kEndings[] = {"png", "csv",  "jpg",  "jpeg", "gif", "svg", "webp", "css", "js",
                                                  "ts",  "html", "json", "xml",  "pdf", "zip", "txt",  "md"};
  return std::ranges::find(kEndings, ending) != std::end(kEndings);
}

// Country codes are one to three digits; those that begin with these stand for a country.
bool has_country_code(std::string_view digits) {
  static constexpr std::string_view kUnassigned[] = {
      "210", "214", "215", "217", "219", "259", "28",  "384", "388", "422", "424", "425", "426", "427", "428",
      "429", "671", "68",  "693", "694", "695", "696", "697", "698", "699", "83",  "89",  "97",  "99"};
  static constexpr std::string_view kAgain[] = {"680", "681", "682", "683", "685", "686", "687", "688",
                                                "689", "970", "971", "972", "973", "974", "975", "976",
                                                "977", "992", "993", "994", "995", "996", "998"};
  if (digits.empty() || digits[0] == '0') return false;
  const auto begins = [&](std::string_view code) { return digits.starts_with(code); };
  return std::ranges::none_of(kUnassigned, begins) || std::ranges::any_of(kAgain, begins);
}

bool balanced_parentheses(std::string_view text) {
  return std::ranges::count(text, '(') == std::ranges::count(text, ')');
}

}  // namespace

bool is_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  const std::size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || domain.find("..") != std::string_view::npos) return false;
  if (domain.front() == '-' || domain.front() == '.' || domain[dot - 1] == '-') return false;
  const std::string_view top = domain.substr(dot + 1);
  if (top.size() < 2 || !std::ranges::all_of(top, is_letter)) return false;
  if (is_file_ending(top)) return false;
  return local != "git";
}

bool is_international_phone(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('+')) {
    rest.remove_prefix(1);
  } else if (rest.starts_with("00")) {
    rest.remove_prefix(2);
  } else {
    return false;
  }
  const auto digits = Digits::of(rest, kNumberSeparators);
  if (!digits || !balanced_parentheses(rest)) return false;
  if (digits->size() < 8 || digits->size() > 15 || digits->all_equal()) return false;
  if (!has_country_code(digits->text())) return false;
  // North America: area code and exchange begin with 2 to 9.
  if ((*digits)[0] == 1) return digits->size() == 11 && (*digits)[1] >= 2 && (*digits)[4] >= 2;
  return true;
}

bool is_national_phone(std::string_view text) {
  const auto digits = Digits::of(text, kNumberSeparators);
  if (!digits || digits->size() < 9 || digits->size() > 12 || digits->all_equal()) return false;
  if (!balanced_parentheses(text)) return false;
  const bool trunk_prefix = (*digits)[0] == 0;
  if (trunk_prefix) return (*digits)[1] != 0;
  const std::size_t area = digits->size() == 11 && (*digits)[0] == 1 ? 1 : 0;
  return digits->size() == 10 + area && (*digits)[area] >= 2 && (*digits)[area + 3] >= 2;
}

bool is_ssn(std::string_view text) {
  const auto digits = Digits::of(text, "- ");
  if (!digits || digits->size() != 9 || text == "123-45-6789" || text == "078-05-1120") return false;
  const int area = digits->number(0, 3);
  const int group = digits->number(3, 2);
  if (area == 0 || area == 666 || group == 0 || digits->number(5, 4) == 0) return false;
  if (area < 900) return true;
  return (group >= 50 && group <= 65) || (group >= 70 && group <= 88) || (group >= 90 && group != 93);
}

bool is_credit_card(std::string_view text) {
  const auto digits = Digits::of(text, "- ");
  if (!digits || digits->size() < 14 || digits->size() > 19 || digits->all_equal()) return false;
  const std::size_t size = digits->size();
  const int two = digits->number(0, 2);
  const int three = digits->number(0, 3);
  const int four = digits->number(0, 4);
  const bool visa = (*digits)[0] == 4 && (size == 16 || size == 19);
  const bool mastercard = size == 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720));
  const bool amex = size == 15 && (two == 34 || two == 37);
  const bool diners = size == 14 && ((three >= 300 && three <= 305) || three == 309 || two == 36 || two == 38);
  const bool discover = size == 16 && (four == 6011 || (three >= 644 && three <= 649) || two == 65);
  const bool jcb = size == 16 && four >= 3528 && four <= 3589;
  const bool union_pay = (size == 16 || size == 19) && two == 62;
  const bool maestro = size == 16 && (four == 5018 || four == 5020 || four == 5038 || four == 6304 || four == 6759);
  const bool issued = visa || mastercard || amex || diners || discover || jcb || union_pay || maestro;
  return issued && passes_luhn(digits->text());
}

bool is_imei(std::string_view text) {
  const auto digits = Digits::of(text, "- /");
  if (!digits || digits->size() != 15) return false;
  const int body = digits->number(0, 2);
  return (body == 1 || body == 35 || body == 86 || body == 91 || body == 99) && passes_luhn(digits->text());
}

bool is_passport_number(std::string_view text) {
  if (text.size() != 10 || !is_digit(text.back())) return false;
  static constexpr std::array<int, 3> kWeights = {7, 3, 1};
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    const char c = text[i];
    const int value = is_digit(c) ? digit_value(c) : is_upper(c) ? c - 'A' + 10 : 0;
    sum += value * kWeights[i % 3];
  }
  return sum % 10 == digit_value(text.back());
}

bool is_passport_zone(std::string_view text) {
  constexpr std::size_t kLineSize = 44;
  if (text.size() != kLineSize) return false;
  static constexpr std::array<int, 3> kWeights = {7, 3, 1};
  // The check digit behind the field.
  const auto checks = [&](std::size_t from, std::size_t count) {
    int sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char c = text[from + i];
      const int value = is_digit(c) ? digit_value(c) : is_upper(c) ? c - 'A' + 10 : 0;
      sum += value * kWeights[i % 3];
    }
    const char check = text[from + count];
    return is_digit(check) && sum % 10 == digit_value(check);
  };
  return checks(0, 9) && checks(13, 6) && checks(21, 6);
}

bool is_uk_driver_number(std::string_view text) {
  if (text.size() != 16) return false;
  // Five characters of the surname, padded with nines: a digit is never followed by a letter.
  bool padded = false;
  for (const char c : text.substr(0, 5)) {
    if (c == '9') padded = true;
    if (c != '9' && (padded || !is_upper(c))) return false;
  }
  if (text[0] == '9' || !std::ranges::all_of(text.substr(5, 6), is_digit)) return false;
  // Women's months are 50 higher.
  const int month = (digit_value(text[6]) % 5) * 10 + digit_value(text[7]);
  const int day = digit_value(text[8]) * 10 + digit_value(text[9]);
  const bool leading = text[6] == '0' || text[6] == '1' || text[6] == '5' || text[6] == '6';
  if (!leading || month < 1 || month > 12 || day < 1 || day > 31) return false;
  const bool initials = (is_upper(text[11]) || text[11] == '9') && (is_upper(text[12]) || text[12] == '9');
  return initials && (is_upper(text[14]) || is_digit(text[14]));
}

bool is_url_with_password(std::string_view text) {
  const std::size_t start = text.find("://");
  const std::size_t at = text.rfind('@');
  if (start == std::string_view::npos || at == std::string_view::npos || at < start + 3) return false;
  const std::string_view user = text.substr(start + 3, at - start - 3);
  const std::size_t colon = user.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view password = user.substr(colon + 1);
  const bool shown = password.find_first_not_of("*xX") != std::string_view::npos;
  return password.size() >= 3 && shown && password.find('/') == std::string_view::npos;
}

bool is_jwt(std::string_view text) {
  const std::size_t first = text.find('.');
  if (first == std::string_view::npos) return false;
  const std::size_t second = text.find('.', first + 1);
  return second != std::string_view::npos && first >= 10 && second - first > 4 && text.size() - second > 8;
}

bool is_random_token(std::string_view text) {
  std::bitset<128> seen;
  for (const char c : text) seen.set(static_cast<unsigned char>(c) & 0x7FU);
  constexpr std::size_t kVariety = 10;
  return seen.count() >= kVariety;
}

}  // namespace sqlproxy::pipeline::validators
