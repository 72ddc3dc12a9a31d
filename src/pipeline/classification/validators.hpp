#pragma once

#include <string_view>

// Whether a text that has the form of something is one: what a regular expression cannot tell. Each takes the text of
// the hit and nothing else of the value. Pure functions that neither allocate nor fail; safe on any bytes.
namespace sqlproxy::pipeline::validators {

[[nodiscard]] bool is_email(std::string_view text);

// A number in the international form (+ or 00, country code): ITU-T E.164, 8 to 15 digits.
[[nodiscard]] bool is_international_phone(std::string_view text);
// A number of one country, with separators that show its groups: (415) 555-2671, 030 1234567, 06 12 34 56 78.
[[nodiscard]] bool is_national_phone(std::string_view text);

// 3-2-4 digits with hyphens or spaces, in the ranges that the Social Security Administration gives out; also
// individual taxpayer numbers (ITIN), which look the same.
[[nodiscard]] bool is_ssn(std::string_view text);

// An issuer's range with its length (ISO/IEC 7812), and the Luhn check sum.
[[nodiscard]] bool is_credit_card(std::string_view text);
// ISO 13616: the country's length, and the check digits (mod 97).
[[nodiscard]] bool is_iban(std::string_view text);
// 15 digits, the reporting body's prefix, and the Luhn check sum (3GPP TS 23.003).
[[nodiscard]] bool is_imei(std::string_view text);

// Dotted decimal, perhaps with a prefix length or a port. Not where it could as well be a version number: all four
// small and outside of the private ranges.
[[nodiscard]] bool is_ipv4(std::string_view text);
// RFC 4291, perhaps with a prefix length or a zone.
[[nodiscard]] bool is_ipv6(std::string_view text);
// Not all zeros or ones.
[[nodiscard]] bool is_mac(std::string_view text);

// A line of a machine-readable zone with its check digits: the second of a passport's (ICAO 9303-4).
[[nodiscard]] bool is_passport_zone(std::string_view text);
// Nine characters and their check digit, as in that zone: German passports and identity cards.
[[nodiscard]] bool is_passport_number(std::string_view text);

// The UK's driver number: month, day and letters where they have to be.
[[nodiscard]] bool is_uk_driver_number(std::string_view text);

// scheme://user:password@host with a password that is one.
[[nodiscard]] bool is_url_with_password(std::string_view text);
// Three parts of base64url, of which the first begins as a JSON object does.
[[nodiscard]] bool is_jwt(std::string_view text);
// Letters and digits that nobody has typed: not one word, not one character over and over.
[[nodiscard]] bool is_random_token(std::string_view text);

}  // namespace sqlproxy::pipeline::validators
