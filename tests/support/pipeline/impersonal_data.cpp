// The other half of PersonalData: what results are full of and nobody's concern.

#include "tests/support/pipeline/personal_data.hpp"

namespace sqlproxy::pipeline::testing {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kMixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string PersonalData::sequence_number() {
  return std::to_string(number(1, 9'999'999));
}

std::string PersonalData::padded_number() {
  return "00" + digits(8);
}

std::string PersonalData::nine_digits() {
  return std::to_string(number(1, 9)) + digits(8);
}

std::string PersonalData::ten_digits() {
  return std::to_string(number(1, 9)) + digits(9);
}

std::string PersonalData::eleven_digits() {
  return std::to_string(number(1, 9)) + digits(10);
}

std::string PersonalData::sixteen_digits() {
  return std::to_string(number(1, 9)) + digits(15);
}

std::string PersonalData::unix_milliseconds() {
  return "17" + digits(11);
}

std::string PersonalData::uuid() {
  return from(kHex, 8) + '-' + from(kHex, 4) + "-4" + from(kHex, 3) + "-a" + from(kHex, 3) + '-' + from(kHex, 12);
}

std::string PersonalData::md5() {
  return from(kHex, 32);
}

std::string PersonalData::sha256() {
  return from(kHex, 64);
}

std::string PersonalData::git_commit() {
  return from(kHex, chance(50) ? 40 : 7);
}

std::string PersonalData::product_name() {
  return std::string(
             one_of({"Trail Shoe", "Espresso Machine", "USB-C Cable", "Desk Lamp", "Notebook A5", "Rain Jacket"})) +
         ' ' + std::string(one_of({"2000", "Pro", "XL", "mk2", "500ml", "blue", "v3.1", "(pack of 12)"}));
}

std::string PersonalData::sku() {
  return from(kUpper, 2) + digits(4) + '-' + from(kUpper, 2);
}

std::string PersonalData::order_number() {
  return "ORD-" + std::to_string(number(2019, 2026)) + '-' + digits(6);
}

std::string PersonalData::timestamp() {
  return date(2021, 2026, "iso") + ' ' + std::to_string(number(10, 23)) + ':' + std::to_string(number(10, 59)) + ':' +
         std::to_string(number(10, 59)) + '.' + digits(6) + "+00";
}

std::string PersonalData::recent_date() {
  return date(2019, 2026, "iso");
}

std::string PersonalData::time_of_day() {
  return std::to_string(number(10, 23)) + ':' + std::to_string(number(10, 59)) + ':' + std::to_string(number(10, 59));
}

std::string PersonalData::price() {
  return std::to_string(number(1, 99'999)) + '.' + digits(2);
}

std::string PersonalData::version() {
  std::string out =
      std::to_string(number(1, 20)) + '.' + std::to_string(number(0, 30)) + '.' + std::to_string(number(0, 30));
  if (chance(40)) out += '.' + std::to_string(number(0, 30));
  return out;
}

std::string PersonalData::url() {
  return "https://shop.example.com/p/" + digits(6) + "?ref=" + from(kHex, 10);
}

std::string PersonalData::file_name() {
  return std::string(one_of({"logo@2x", "report_2024", "IMG_20240512_101010", "invoice-000123"})) +
         std::string(one_of({".png", ".pdf", ".csv", ".jpg"}));
}

std::string PersonalData::sentence() {
  return std::string(
             one_of({"The parcel was left at the desk", "Works as described, 5 of 5", "Order 4711 is late by 3 days",
                     "See ticket #20231 for more", "Meeting at 10:30 in room 4.12.7"})) +
         std::string(one_of({".", "!", " (checked 2024-03-01)", ""}));
}

std::string PersonalData::status() {
  return std::string(one_of({"open", "paid", "shipped", "cancelled", "A", "B", "true", "unknown"}));
}

std::string PersonalData::coordinates() {
  return std::to_string(number(-89, 89)) + '.' + digits(6) + ',' + std::to_string(number(-179, 179)) + '.' + digits(6);
}

std::string PersonalData::ean() {
  const std::string body = "40" + digits(10);
  int sum = 0;
  for (std::size_t i = 0; i < body.size(); ++i) sum += (body[i] - '0') * (i % 2 == 0 ? 1 : 3);
  return body + std::to_string((10 - sum % 10) % 10);
}

std::string PersonalData::isbn() {
  return "978-3-" + digits(2) + '-' + digits(6) + '-' + digits(1);
}

std::string PersonalData::color() {
  return '#' + from(kHex, 6);
}

std::string PersonalData::package_name() {
  return '@' + std::string(one_of({"babel/core", "types/node", "vue/cli"})) + '@' + std::to_string(number(1, 9)) + '.' +
         std::to_string(number(0, 20)) + ".0";
}

std::string PersonalData::json_settings() {
  return R"({"theme": "dark", "page": )" + digits(2) + R"(, "sizes": [10, 20], "id": ")" + uuid() + "\"}";
}

std::string PersonalData::cron() {
  return std::to_string(number(0, 59)) + ' ' + std::to_string(number(0, 23)) + " * * *";
}

std::string PersonalData::measurement() {
  return std::to_string(number(0, 99)) + '.' + digits(9);
}

std::string PersonalData::hex_id() {
  return from(kHex, 24);
}

std::string PersonalData::base64() {
  return from(kMixed, 64) + "==";
}

std::string PersonalData::city() {
  return std::string(one_of({"Berlin", "Lyon", "New York", "Sao Paulo", "Kyoto", "Gdansk"}));
}

std::string PersonalData::company() {
  return std::string(one_of({"Example GmbH", "Acme Inc.", "Sample & Sons Ltd", "Muster AG 1998"}));
}

std::string PersonalData::log_line() {
  return "level=info duration=" + digits(3) + "ms rows=" + digits(5) + " trace=" + from(kHex, 16) + " at 12:30:45.123";
}

const std::vector<PersonalData::Form>& PersonalData::forms() {
  using P = PersonalData;
  static const std::vector<Form> kForms = {
      {"e-mail address", "PII.Email", &P::email},
      {"e-mail address in a sentence", "PII.Email", &P::email_in_sentence},
      {"phone, E.164", "PII.Phone", &P::international_phone},
      {"phone, international, grouped", "PII.Phone", &P::grouped_international_phone},
      {"phone, North America", "PII.Phone", &P::american_phone},
      {"phone, European, national", "PII.Phone", &P::european_phone, false},
      {"SSN", "PII.SSN", &P::ssn},
      {"SSN in a sentence", "PII.SSN", &P::ssn_in_sentence},
      {"card number", "PII.CreditCard", &P::card},
      {"card number, grouped", "PII.CreditCard", &P::grouped_card},
      {"IBAN", "PII.IBAN", &P::iban},
      {"IBAN, grouped", "PII.IBAN", &P::grouped_iban},
      {"IPv4 address", "PII.IPAddress", &P::ipv4},
      {"IPv6 address", "PII.IPAddress", &P::ipv6},
      {"MAC address", "PII.MacAddress", &P::mac},
      {"IMEI", "PII.DeviceId", &P::imei},
      {"passport, machine-readable zone", "PII.Passport", &P::passport_zone},
      {"passport number, German", "PII.Passport", &P::german_passport, false},
      {"driver number, UK", "PII.DriverLicense", &P::uk_driver_number},
      {"National Insurance number, UK", "PII.NationalId", &P::nino, false},
      {"DNI, Spain", "PII.NationalId", &P::dni},
      {"NIR, France", "PII.NationalId", &P::nir},
      {"codice fiscale, Italy", "PII.NationalId", &P::fiscal_code},
      {"BSN, Netherlands", "PII.NationalId", &P::bsn, false},
      {"PESEL, Poland", "PII.NationalId", &P::pesel, false},
      {"CPF, Brazil", "PII.NationalId", &P::cpf},
      {"resident id, China", "PII.NationalId", &P::resident_id},
      {"AHV number, Switzerland", "PII.NationalId", &P::ahv},
      {"birth date, ISO", "PII.BirthDate", &P::birth_date, false},
      {"birth date, German", "PII.BirthDate", &P::german_birth_date, false},
      {"JSON Web Token", "Credential.Token", &P::jwt},
      {"GitHub token", "Credential.Token", &P::github_token},
      {"AWS key", "Credential.Key", &P::aws_key},
      {"Stripe key", "Credential.Key", &P::stripe_key},
      {"password hash, bcrypt", "Credential.Hash", &P::bcrypt},
      {"password hash, argon2", "Credential.Hash", &P::argon},
      {"URL with a password", "Credential.Password", &P::url_with_password},
      {"sequence number", "", &P::sequence_number},
      {"number with leading zeros", "", &P::padded_number},
      {"random number, 9 digits", "", &P::nine_digits},
      {"random number, 10 digits", "", &P::ten_digits},
      {"random number, 11 digits", "", &P::eleven_digits},
      {"random number, 16 digits", "", &P::sixteen_digits},
      {"Unix time in milliseconds", "", &P::unix_milliseconds},
      {"UUID", "", &P::uuid},
      {"MD5 of a file", "", &P::md5},
      {"SHA-256 of a file", "", &P::sha256},
      {"commit", "", &P::git_commit},
      {"product name", "", &P::product_name},
      {"SKU", "", &P::sku},
      {"order number", "", &P::order_number},
      {"timestamp", "", &P::timestamp},
      {"recent date", "", &P::recent_date},
      {"time of day", "", &P::time_of_day},
      {"price", "", &P::price},
      {"version", "", &P::version},
      {"URL", "", &P::url},
      {"file name", "", &P::file_name},
      {"sentence", "", &P::sentence},
      {"status", "", &P::status},
      {"coordinates", "", &P::coordinates},
      {"EAN-13", "", &P::ean},
      {"ISBN", "", &P::isbn},
      {"color", "", &P::color},
      {"package name", "", &P::package_name},
      {"JSON document of settings", "", &P::json_settings},
      {"cron expression", "", &P::cron},
      {"measurement", "", &P::measurement},
      {"hexadecimal id", "", &P::hex_id},
      {"base64", "", &P::base64},
      {"city", "", &P::city},
      {"company", "", &P::company},
      {"log line", "", &P::log_line},
  };
  return kForms;
}

}  // namespace sqlproxy::pipeline::testing
