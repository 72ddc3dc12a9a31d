#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sqlproxy::pipeline::testing {

// Made-up data to measure the classification with. Check digits are computed here, and not by the code that is
// measured. The same seed gives the same data everywhere.
class PersonalData {
 public:
  explicit PersonalData(std::uint32_t seed) : random_(seed) {}

  // One value of a form.
  using Maker = std::string (PersonalData::*)();
  struct Form {
    std::string_view name;
    // What it is; empty: nothing personal.
    std::string_view tag;
    Maker make;
    // In a result of one row it can be told.
    bool certain_alone = true;
  };
  [[nodiscard]] static const std::vector<Form>& forms();

  [[nodiscard]] std::string value(const Form& form) { return (this->*form.make)(); }

 private:
  [[nodiscard]] int number(int from, int to);
  [[nodiscard]] bool chance(int percent) { return number(1, 100) <= percent; }
  [[nodiscard]] std::string digits(int count);
  [[nodiscard]] std::string from(std::string_view alphabet, int count);
  [[nodiscard]] std::string_view one_of(const std::vector<std::string_view>& choices);
  [[nodiscard]] std::string first_name();
  [[nodiscard]] std::string last_name();
  [[nodiscard]] std::string date(int first_year, int last_year, std::string_view form);

  std::string email();
  std::string email_in_sentence();
  std::string international_phone();
  std::string grouped_international_phone();
  std::string american_phone();
  std::string european_phone();
  std::string ssn();
  std::string ssn_in_sentence();
  std::string card();
  std::string grouped_card();
  std::string iban();
  std::string grouped_iban();
  std::string ipv4();
  std::string ipv6();
  std::string mac();
  std::string imei();
  std::string passport_zone();
  std::string german_passport();
  std::string uk_driver_number();
  std::string nino();
  std::string dni();
  std::string nir();
  std::string fiscal_code();
  std::string bsn();
  std::string pesel();
  std::string cpf();
  std::string resident_id();
  std::string ahv();
  std::string birth_date();
  std::string german_birth_date();
  std::string jwt();
  std::string github_token();
  std::string aws_key();
  std::string stripe_key();
  std::string bcrypt();
  std::string argon();
  std::string url_with_password();

  std::string sequence_number();
  std::string padded_number();
  std::string nine_digits();
  std::string ten_digits();
  std::string eleven_digits();
  std::string sixteen_digits();
  std::string unix_milliseconds();
  std::string uuid();
  std::string md5();
  std::string sha256();
  std::string git_commit();
  std::string product_name();
  std::string sku();
  std::string order_number();
  std::string timestamp();
  std::string recent_date();
  std::string time_of_day();
  std::string price();
  std::string version();
  std::string url();
  std::string file_name();
  std::string sentence();
  std::string status();
  std::string coordinates();
  std::string ean();
  std::string isbn();
  std::string color();
  std::string package_name();
  std::string json_settings();
  std::string cron();
  std::string measurement();
  std::string hex_id();
  std::string base64();
  std::string city();
  std::string company();
  std::string log_line();

  std::mt19937 random_;
};

}  // namespace sqlproxy::pipeline::testing
