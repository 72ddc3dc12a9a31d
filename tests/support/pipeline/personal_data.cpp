#include "tests/support/pipeline/personal_data.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

namespace sqlproxy::pipeline::testing {
namespace {

constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kMixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

std::string padded(long long value, int width) {
  std::string text = std::to_string(value);
  return std::string(static_cast<std::size_t>(std::max(0, width - static_cast<int>(text.size()))), '0') + text;
}

int at(std::string_view text, std::size_t i) {
  return text[i] - '0';
}

// The digit that makes `body` pass Luhn's test.
char luhn_digit(std::string_view body) {
  int sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const int value = at(body, body.size() - 1 - i);
    const int weighted = i % 2 == 0 ? value * 2 : value;
    sum += weighted / 10 + weighted % 10;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

int remainder_of(std::string_view digits, int divisor) {
  int rest = 0;
  for (const char c : digits) rest = (rest * 10 + (c - '0')) % divisor;
  return rest;
}

std::string in_groups(std::string_view text, std::size_t size, char separator) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i != 0 && i % size == 0) out.push_back(separator);
    out.push_back(text[i]);
  }
  return out;
}

// ICAO 9303-3, 4.9.
char zone_digit(std::string_view field) {
  int sum = 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const char c = field[i];
    const int value = c == '<' ? 0 : c >= 'A' ? c - 'A' + 10 : c - '0';
    sum += value * (i % 3 == 0 ? 7 : i % 3 == 1 ? 3 : 1);
  }
  return static_cast<char>('0' + sum % 10);
}

}  // namespace

int PersonalData::number(int from, int to) {
  // The library's distributions differ between systems.
  return from + static_cast<int>(random_() % static_cast<std::uint32_t>(to - from + 1));
}

std::string PersonalData::digits(int count) {
  return from("0123456789", count);
}

std::string PersonalData::from(std::string_view alphabet, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out.push_back(alphabet[static_cast<std::size_t>(number(0, static_cast<int>(alphabet.size()) - 1))]);
  }
  return out;
}

std::string_view PersonalData::one_of(const std::vector<std::string_view>& choices) {
  return choices[static_cast<std::size_t>(number(0, static_cast<int>(choices.size()) - 1))];
}

std::string PersonalData::first_name() {
  return std::string(one_of({"Anna", "Ben",  "Carla", "David", "Elena", "Farid", "Grace",   "Hugo", "Ines",  "Jonas",
                             "Kofi", "Lena", "Marek", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tove"}));
}

std::string PersonalData::last_name() {
  return std::string(one_of({"Adler", "Brown", "Costa", "Dubois", "Eriksen", "Ferrari", "Garcia", "Huber", "Ivanov",
                             "Jensen", "Kowalski", "Lopez", "Muller", "Nguyen", "OBrien", "Petrov", "Rossi", "Smith"}));
}

std::string PersonalData::date(int first_year, int last_year, std::string_view form) {
  const int year = number(first_year, last_year);
  const int month = number(1, 12);
  const int day = number(1, 28);
  if (form == "iso") return std::to_string(year) + '-' + padded(month, 2) + '-' + padded(day, 2);
  return padded(day, 2) + '.' + padded(month, 2) + '.' + std::to_string(year);
}

std::string PersonalData::email() {
  std::string local = first_name() + std::string(one_of({".", "_", "", "-"})) + last_name();
  if (chance(60)) std::ranges::transform(local, local.begin(), [](unsigned char c) { return std::tolower(c); });
  if (chance(30)) local += digits(number(1, 3));
  if (chance(10)) local += "+news";
  return local + '@' +
         std::string(one_of({"example.com", "mail.example.org", "gmail.com", "firma.example.de", "uni.example.ac.uk",
                             "example.museum", "my-company.example.io"}));
}

std::string PersonalData::email_in_sentence() {
  return "Please write to " + email() + std::string(one_of({" before Friday.", ", she knows.", ".", " (office)"}));
}

std::string PersonalData::international_phone() {
  const std::string_view country = one_of({"49", "44", "33", "34", "39", "46", "48", "91", "81", "55"});
  return '+' + std::string(country) + std::to_string(number(2, 9)) + digits(number(8, 9));
}

std::string PersonalData::grouped_international_phone() {
  switch (number(0, 3)) {
    case 0:
      return "+1 (" + std::to_string(number(201, 989)) + ") " + std::to_string(number(200, 999)) + '-' + digits(4);
    case 1: return "+49 30 " + std::to_string(number(1, 9)) + digits(7);
    case 2: return "+33 6 " + in_groups(digits(8), 2, ' ');
    default: return "+44 20 " + digits(4) + ' ' + digits(4);
  }
}

std::string PersonalData::american_phone() {
  const std::string area = std::to_string(number(201, 989));
  const std::string exchange = std::to_string(number(200, 999));
  switch (number(0, 3)) {
    case 0: return '(' + area + ") " + exchange + '-' + digits(4);
    case 1: return area + '-' + exchange + '-' + digits(4);
    case 2: return area + '.' + exchange + '.' + digits(4);
    default: return "1-" + area + '-' + exchange + '-' + digits(4);
  }
}

std::string PersonalData::european_phone() {
  switch (number(0, 2)) {
    case 0: return "0" + std::to_string(number(30, 89)) + ' ' + std::to_string(number(1, 9)) + digits(6);
    case 1: return "06 " + in_groups(digits(8), 2, ' ');
    default: return "0" + std::to_string(number(151, 179)) + '/' + std::to_string(number(1, 9)) + digits(6);
  }
}

std::string PersonalData::ssn() {
  int area = number(1, 899);
  if (area == 666) area = 667;
  return padded(area, 3) + '-' + padded(number(1, 99), 2) + '-' + padded(number(1, 9999), 4);
}

std::string PersonalData::ssn_in_sentence() {
  return "Applicant gave SSN " + ssn() + " on the phone";
}

std::string PersonalData::card() {
  std::string body;
  switch (number(0, 3)) {
    case 0: body = '4' + digits(14); break;
    case 1: body = std::to_string(number(51, 55)) + digits(13); break;
    case 2: body = (chance(50) ? "34" : "37") + digits(12); break;
    default: body = "6011" + digits(11); break;
  }
  return body + luhn_digit(body);
}

std::string PersonalData::grouped_card() {
  std::string text = card();
  while (text.size() != 16) text = card();
  return in_groups(text, 4, chance(50) ? ' ' : '-');
}

std::string PersonalData::iban() {
  struct Country {
    std::string_view code;
    int bank_letters;
    int size;
  };
  static constexpr std::array<Country, 7> kCountries = {
      {{"DE", 0, 22}, {"FR", 0, 27}, {"GB", 4, 22}, {"NL", 4, 18}, {"ES", 0, 24}, {"AT", 0, 20}, {"PL", 0, 28}}};
  const Country& country = kCountries[static_cast<std::size_t>(number(0, 6))];
  const std::string account = from(kUpper, country.bank_letters) + digits(country.size - 4 - country.bank_letters);
  std::string numbers;
  for (const char c : account + std::string(country.code) + "00") {
    numbers += c >= 'A' ? std::to_string(c - 'A' + 10) : std::string(1, c);
  }
  return std::string(country.code) + padded(98 - remainder_of(numbers, 97), 2) + account;
}

std::string PersonalData::grouped_iban() {
  return in_groups(iban(), 4, ' ');
}

std::string PersonalData::ipv4() {
  const std::string last = std::to_string(number(0, 255)) + '.' + std::to_string(number(1, 254));
  if (chance(30)) return "192.168." + last;
  return std::to_string(number(41, 223)) + '.' + std::to_string(number(0, 255)) + '.' + last;
}

std::string PersonalData::ipv6() {
  std::string out = "2001:db8";
  const bool shortened = chance(50);
  const int groups = shortened ? number(1, 3) : 6;
  if (shortened) out += ':';
  for (int i = 0; i < groups; ++i) out += ':' + from(kHex, number(1, 4));
  return out;
}

std::string PersonalData::mac() {
  std::string text = from(kHex, 12);
  return in_groups(text, 2, chance(70) ? ':' : '-');
}

std::string PersonalData::imei() {
  const std::string body = (chance(70) ? "35" : "86") + digits(12);
  return body + luhn_digit(body);
}

std::string PersonalData::passport_zone() {
  std::string document = from("CFGHJKLMNPRTVWXYZ0123456789", 9);
  const std::string birth = padded(number(40, 99), 2) + padded(number(1, 12), 2) + padded(number(1, 28), 2);
  const std::string expiry = padded(number(25, 35), 2) + padded(number(1, 12), 2) + padded(number(1, 28), 2);
  return document + zone_digit(document) + std::string(one_of({"D<<", "UTO", "FRA", "GBR"})) + birth +
         zone_digit(birth) + (chance(50) ? 'F' : 'M') + expiry + zone_digit(expiry) + "<<<<<<<<<<<<<<0" +
         std::to_string(number(0, 9));
}

std::string PersonalData::german_passport() {
  const std::string body = from("CFGHJK", 1) + from("CFGHJKLMNPRTVWXYZ0123456789", 8);
  return body + zone_digit(body);
}

std::string PersonalData::uk_driver_number() {
  std::string name = from(kUpper, number(3, 5));
  name.resize(5, '9');
  const int month = number(1, 12) + (chance(50) ? 50 : 0);
  return name + digits(1) + padded(month, 2) + padded(number(1, 28), 2) + digits(1) + from(kUpper, 1) +
         (chance(50) ? "9" : from(kUpper, 1)) + digits(1) + from(kUpper, 2);
}

std::string PersonalData::nino() {
  const std::string body = from("ABCEHJKLMP", 1) + from("ABCEHJLMPR", 1) + digits(6) + from("ABCD", 1);
  return chance(50) ? body
                    : body.substr(0, 2) + ' ' + body.substr(2, 2) + ' ' + body.substr(4, 2) + ' ' + body.substr(6, 2) +
                          ' ' + body.substr(8);
}

std::string PersonalData::dni() {
  const int value = number(10'000'000, 99'999'999);
  return std::to_string(value) + std::string_view("TRWAGMYFPDXBNJZSQVHLCKE")[static_cast<std::size_t>(value % 23)];
}

std::string PersonalData::nir() {
  const std::string body = std::to_string(number(1, 2)) + padded(number(30, 99), 2) + padded(number(1, 12), 2) +
                           padded(number(1, 95), 2) + padded(number(1, 900), 3) + padded(number(1, 999), 3);
  return body + padded(97 - remainder_of(body, 97), 2);
}

std::string PersonalData::fiscal_code() {
  static constexpr std::string_view kConsonants = "BCDFGLMNPRSTVZ";
  const std::string body = from(kConsonants, 6) + padded(number(30, 99), 2) + from("ABCDEHLMPRST", 1) +
                           padded(number(1, 28) + (chance(50) ? 40 : 0), 2) + from("ABCDEFGHIL", 1) + digits(3);
  static const std::map<char, int> kOdd = {
      {'0', 1},  {'1', 0},  {'2', 5},  {'3', 7},  {'4', 9},  {'5', 13}, {'6', 15}, {'7', 17}, {'8', 19},
      {'9', 21}, {'A', 1},  {'B', 0},  {'C', 5},  {'D', 7},  {'E', 9},  {'F', 13}, {'G', 15}, {'H', 17},
      {'I', 19}, {'J', 21}, {'K', 2},  {'L', 4},  {'M', 18}, {'N', 20}, {'O', 11}, {'P', 3},  {'Q', 6},
      {'R', 8},  {'S', 12}, {'T', 14}, {'U', 16}, {'V', 10}, {'W', 22}, {'X', 25}, {'Y', 24}, {'Z', 23}};
  int sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    // Places are counted from one.
    sum += i % 2 == 0 ? kOdd.at(body[i]) : body[i] >= 'A' ? body[i] - 'A' : body[i] - '0';
  }
  return body + static_cast<char>('A' + sum % 26);
}

std::string PersonalData::bsn() {
  for (;;) {
    const std::string body = std::to_string(number(1, 9)) + digits(7);
    int sum = 0;
    for (std::size_t i = 0; i < 8; ++i) sum += at(body, i) * (9 - static_cast<int>(i));
    if (sum % 11 != 10) return body + std::to_string(sum % 11);
  }
}

std::string PersonalData::pesel() {
  const std::string body = padded(number(30, 99), 2) + padded(number(1, 12), 2) + padded(number(1, 28), 2) + digits(4);
  static constexpr std::array<int, 10> kWeights = {1, 3, 7, 9, 1, 3, 7, 9, 1, 3};
  int sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) sum += at(body, i) * kWeights[i];
  return body + std::to_string((10 - sum % 10) % 10);
}

std::string PersonalData::cpf() {
  std::string body = digits(9);
  for (int length = 10; length <= 11; ++length) {
    int sum = 0;
    for (std::size_t i = 0; i < body.size(); ++i) sum += at(body, i) * (length - static_cast<int>(i));
    const int rest = 11 - sum % 11;
    body += std::to_string(rest > 9 ? 0 : rest);
  }
  return body.substr(0, 3) + '.' + body.substr(3, 3) + '.' + body.substr(6, 3) + '-' + body.substr(9);
}

std::string PersonalData::resident_id() {
  const std::string body = std::string(one_of({"110101", "310104", "440305", "510107"})) +
                           std::to_string(number(1940, 2008)) + padded(number(1, 12), 2) + padded(number(1, 28), 2) +
                           digits(3);
  int sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) {
    // The weight of a place is 2 to the power of its distance from the end, modulo 11.
    int weight = 1;
    for (std::size_t power = 0; power < body.size() - i; ++power) weight = weight * 2 % 11;
    sum += at(body, i) * weight;
  }
  const int check = (12 - sum % 11) % 11;
  return body + (check == 10 ? "X" : std::to_string(check));
}

std::string PersonalData::ahv() {
  const std::string body = "756" + digits(9);
  int sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) sum += at(body, i) * (i % 2 == 0 ? 1 : 3);
  const std::string all = body + std::to_string((10 - sum % 10) % 10);
  return all.substr(0, 3) + '.' + all.substr(3, 4) + '.' + all.substr(7, 4) + '.' + all.substr(11);
}

std::string PersonalData::birth_date() {
  return date(1935, 2007, "iso");
}

std::string PersonalData::german_birth_date() {
  return date(1935, 2007, "german");
}

std::string PersonalData::jwt() {
  return "eyJhbGciOiJIUzI1NiJ9.eyJ" + from(kMixed, number(30, 80)) + '.' + from(kMixed, 43);
}

std::string PersonalData::github_token() {
  return std::string(one_of({"ghp_", "gho_", "ghs_"})) + from(kMixed, 36);
}

std::string PersonalData::aws_key() {
  return "AKIA" + from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
}

std::string PersonalData::stripe_key() {
  return std::string(one_of({"sk_live_", "sk_test_", "rk_live_"})) + from(kMixed, 24);
}

std::string PersonalData::bcrypt() {
  return "$2b$" + std::to_string(number(10, 12)) + '$' + from(kMixed, 53);
}

std::string PersonalData::argon() {
  return "$argon2id$v=19$m=65536,t=3,p=4$" + from(kMixed, 22) + '$' + from(kMixed, 43);
}

std::string PersonalData::url_with_password() {
  return std::string(one_of({"postgres", "mysql", "amqp", "redis"})) + "://app:" + from(kMixed, 12) +
         "@db.example.com:5432/shop";
}

}  // namespace sqlproxy::pipeline::testing
