#pragma once

#include <string_view>

// National identity and tax numbers with their check digits. As validators.hpp.
namespace sqlproxy::pipeline::validators {

[[nodiscard]] bool is_uk_nino(std::string_view text);                  // National Insurance number: AB 12 34 56 C
[[nodiscard]] bool is_spanish_dni(std::string_view text);              // DNI and NIE: letter by mod 23
[[nodiscard]] bool is_french_nir(std::string_view text);               // INSEE: 13 digits and a key, mod 97
[[nodiscard]] bool is_italian_fiscal_code(std::string_view text);      // 16 characters, the last one checks
[[nodiscard]] bool is_german_tax_id(std::string_view text);            // 11 digits, ISO 7064 mod 11-10
[[nodiscard]] bool is_dutch_bsn(std::string_view text);                // 9 digits, the "11 test"
[[nodiscard]] bool is_belgian_register_number(std::string_view text);  // YY.MM.DD-SSS.CC, mod 97
[[nodiscard]] bool is_polish_pesel(std::string_view text);             // 11 digits with a date
[[nodiscard]] bool is_swedish_personal_number(std::string_view text);  // YYMMDD-NNNC, Luhn
[[nodiscard]] bool is_finnish_personal_code(std::string_view text);    // DDMMYY-NNNC, mod 31
[[nodiscard]] bool is_swiss_ahv(std::string_view text);                // 756.NNNN.NNNN.NC, EAN-13
[[nodiscard]] bool is_brazilian_cpf(std::string_view text);            // 11 digits, two of which check
[[nodiscard]] bool is_indian_aadhaar(std::string_view text);           // 12 digits, Verhoeff
[[nodiscard]] bool is_indian_pan(std::string_view text);               // AAAPA9999A
[[nodiscard]] bool is_chinese_resident_id(std::string_view text);      // 18 characters, ISO 7064 mod 11-2
[[nodiscard]] bool is_canadian_sin(std::string_view text);             // 3-3-3 digits, Luhn

}  // namespace sqlproxy::pipeline::validators
