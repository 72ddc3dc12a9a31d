#include "pipeline/classification/validators.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "pipeline/classification/digits.hpp"
#include "pipeline/classification/national_ids.hpp"

namespace sqlproxy::pipeline::validators {
namespace {

using Validator = bool (*)(std::string_view);

struct Case {
  const char* name;
  Validator is_one;
  std::initializer_list<std::string_view> accepted;
  std::initializer_list<std::string_view> refused;
};

// Numbers that are published as examples, or have the form and no owner.
const Case kCases[] = {
    {"email",
     is_email,
     {"a@example.com", "first.last+tag@mail.example.co.uk", "o'brien@example.org"},
     {"a@b", "@example.com", "a..b@example.com", ".a@example.com", "a@example..com", "logo@2x.png", "a@-example.com",
      "a@example.c0m", "git@github.com"}},
    {"international phone",
     is_international_phone,
     {"+4930901820", "+49 30 901820-0", "+1 (415) 555-2671", "0044 20 7946 0958", "+33 6 12 34 56 78"},
     {"+1 115 555 2671", "+999 12345678", "+49", "4930901820", "+111111111111", "+1 (415 555-2671",
      "+1234567890123456"}},
    {"national phone",
     is_national_phone,
     {"(415) 555-2671", "1-415-555-2671", "030 1234567", "06 12 34 56 78"},
     {"115-555-2671", "415-155-2671", "00 1234567", "12345", "000-000-0000"}},
    {"SSN",
     is_ssn,
     {"536-90-4399", "219 09 9999", "912-70-1234"},
     {"000-12-3456", "666-12-3456", "900-12-3456", "536-00-4399", "536-90-0000", "123-45-6789", "536-90-439"}},
    {"credit card",
     is_credit_card,
     {"4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011111111111117", "30569309025904",
      "3530111333300000", "2223003122003222"},
     {"4111111111111112", "1234567812345670", "0000000000000000", "411111111111111", "9111111111111119"}},
    {"IBAN",
     is_iban,
     {"DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "fr1420041010050500013m02606", "NO9386011117947"},
     {"DE89370400440532013001", "XX89370400440532013000", "DE8937040044053201300", "DE"}},
    {"IMEI", is_imei, {"353879234252633"}, {"490154203237518", "353879234252634"}},
    {"IPv4",
     is_ipv4,
     {"203.0.113.9", "10.0.0.1", "192.168.1.0/24", "203.0.113.9:8080", "255.255.255.0"},
     {"1.2.3.4", "256.1.1.1", "203.0.113", "203.0.113.09", "203.0.113.9/33", "203.0.113.9.1", ""}},
    {"IPv6",
     is_ipv6,
     {"2001:db8::1", "fe80::1%eth0", "2001:db8:0:0:0:0:2:1", "::ffff:203.0.113.9", "2001:db8::/32"},
     {"12:34:56", "::", "2001:db8::1::2", "aa:bb:cc:dd:ee:ff", "2001:db8:0:0:0:0:2:1:3", "20011:db8::1", "::/200"}},
    {"MAC",
     is_mac,
     {"00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e"},
     {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:1a:2b:3c:4d"}},
    {"passport zone",
     is_passport_zone,
     {"L898902C36UTO7408122F1204159ZE184226B<<<<<10"},
     {"L898902C37UTO7408122F1204159ZE184226B<<<<<10", "L898902C36UTO7408122F1204159", ""}},
    {"passport number", is_passport_number, {"C01X00T478"}, {"C01X00T471", "C01X00T47", "C01X00T47X"}},
    {"UK driver number",
     is_uk_driver_number,
     {"MORGA657054SM9IJ", "SMITH711215JA9AB", "LI999802291AB9CD"},
     {"MORGA634054SM9IJ", "9ORGA657054SM9IJ", "MO9GA657054SM9IJ", "MORGA65705"}},
    {"URL with a password",
     is_url_with_password,
     {"postgres://app:s3cret@db.example.com/shop"},
     {"https://example.com/a:b@c", "postgres://app@db.example.com", "postgres://app:***@db.example.com"}},
    {"NINO",
     is_uk_nino,
     {"AB123456C", "JG 10 37 59 A"},
     {"DA123456C", "AO123456C", "GB123456A", "AB123456E", "AB12345"}},
    {"DNI", is_spanish_dni, {"12345678Z", "X1234567L", "12345678-Z"}, {"12345678A", "X1234567A", "1234567Z"}},
    {"NIR", is_french_nir, {"255081416802538", "2 55 08 14 168 025 38"}, {"255081416802539", "355081416802538"}},
    {"codice fiscale", is_italian_fiscal_code, {"RSSMRA85T10A562S"}, {"RSSMRA85T10A562T", "RSSMRA85Z10A562S"}},
    {"German tax id", is_german_tax_id, {"86095742719", "65929970489"}, {"86095742718", "12345678901", "06095742719"}},
    {"BSN", is_dutch_bsn, {"111222333", "123456782"}, {"123456789", "111111111"}},
    {"Belgian register number",
     is_belgian_register_number,
     {"85.07.30-033.28"},
     {"85.07.30-033.29", "85.13.30-033.28"}},
    {"PESEL", is_polish_pesel, {"44051401359"}, {"44051401358", "44133401359"}},
    {"personnummer", is_swedish_personal_number, {"811218-9876", "19811218-9876"}, {"811218-9877", "811318-9876"}},
    {"HETU", is_finnish_personal_code, {"131052-308T"}, {"131052-308U", "331052-308T"}},
    {"AHV", is_swiss_ahv, {"756.9217.0769.85"}, {"756.9217.0769.86", "757.9217.0769.85"}},
    {"CPF", is_brazilian_cpf, {"529.982.247-25", "52998224725"}, {"529.982.247-26", "111.111.111-11"}},
    {"Aadhaar", is_indian_aadhaar, {"2341 2341 2346"}, {"2341 2341 2347", "1341 2341 2346"}},
    {"PAN", is_indian_pan, {"ABCPE1234F"}, {"ABCCE1234F", "ABCPE12345"}},
    {"resident id", is_chinese_resident_id, {"11010519491231002X"}, {"110105194912310021"}},
    {"SIN", is_canadian_sin, {"130 692 544"}, {"130 692 545", "046 454 286"}},
};

TEST(Validators, AcceptAndRefuse) {
  for (const Case& each : kCases) {
    for (const std::string_view text : each.accepted) EXPECT_TRUE(each.is_one(text)) << each.name << ": " << text;
    for (const std::string_view text : each.refused) EXPECT_FALSE(each.is_one(text)) << each.name << ": " << text;
  }
}

// Whatever bytes a value has.
TEST(Validators, StandAnything) {
  for (const Case& each : kCases) {
    for (int size = 0; size < 60; ++size) {
      for (const char c : {'\0', '0', '9', 'A', '-', '.', ':', '@', '\xFF'}) {
        const std::string text(static_cast<std::size_t>(size), c);
        (void)each.is_one(text);
      }
    }
  }
}

TEST(Validators, Luhn) {
  EXPECT_TRUE(passes_luhn("79927398713"));
  EXPECT_FALSE(passes_luhn("79927398710"));
  EXPECT_FALSE(passes_luhn(""));
}

TEST(Validators, Dates) {
  EXPECT_TRUE(is_date(2024, 2, 29));
  EXPECT_FALSE(is_date(2023, 2, 29));
  EXPECT_FALSE(is_date(1900, 2, 29));
  EXPECT_FALSE(is_date(2024, 13, 1));
  EXPECT_FALSE(is_date(2024, 4, 31));
}

}  // namespace
}  // namespace sqlproxy::pipeline::validators
