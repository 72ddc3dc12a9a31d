#include "pipeline/classification/value_patterns.hpp"

#include <algorithm>

#include "pipeline/classification/national_ids.hpp"
#include "pipeline/classification/validators.hpp"

namespace sqlproxy::pipeline {
namespace {

namespace v = validators;

bool is_anything(std::string_view /*hit*/) {
  return true;
}

// Where one hit among values that are something else says enough; and where a form is so common that most of the
// values have to have it.
constexpr double kAnyShare = 0;
constexpr double kMost = 0.8;
constexpr double kNearlyAll = 0.9;

using Tag = BuiltinTag;

constexpr ValuePattern kPatterns[] = {
    {Tag::email, Need::at_sign,
     R"re((?:^|[^A-Za-z0-9._%+/-])([A-Za-z0-9._%+'\x80-\xff-]{1,64}@[A-Za-z0-9\x80-\xff-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24})(?:[^A-Za-z0-9@:/-]|$))re",
     v::is_email, 1, kAnyShare, 0.98},

    {Tag::phone, Need::digits, R"re((?:^|[\s:;,(])(\+[1-9][0-9 ().\-/]{6,20}[0-9])(?:[\s;,).]|$))re",
     v::is_international_phone, 1, kAnyShare, 0.95},
    {Tag::phone, Need::digits, R"re(^\s*(00[1-9][0-9 ().\-/]{7,20}[0-9])\s*$)re", v::is_international_phone, 3, kMost,
     0.85},
    {Tag::phone, Need::digits,
     R"re(^\s*(1?[-. ]?\(?[2-9][0-9]{2}(?:\) ?|[-. ])[2-9][0-9]{2}[-. ][0-9]{4})(?: ?(?:x|ext\.?) ?[0-9]{1,6})?\s*$)re",
     v::is_national_phone, 1, kMost, 0.9},
    {Tag::phone, Need::digits, R"re(^\s*(\(?0[1-9][0-9]{0,4}\)?(?:[ ./-]{1,3}[0-9]{2,8}){1,5})\s*$)re",
     v::is_national_phone, 2, kMost, 0.85},
    {Tag::phone, Need::digits, R"re(^(0[1-9][0-9]{8,9})$)re", v::is_national_phone, 5, kNearlyAll, 0.75},

    {Tag::ssn, Need::digits, R"re((?:^|[^0-9A-Za-z-])([0-9]{3}-[0-9]{2}-[0-9]{4})(?:[^0-9A-Za-z-]|$))re", v::is_ssn, 1,
     kAnyShare, 0.95},
    {Tag::ssn, Need::digits, R"re(^([0-9]{3} [0-9]{2} [0-9]{4})$)re", v::is_ssn, 3, kNearlyAll, 0.85},

    {Tag::credit_card, Need::digits,
     R"re((?:^|[^0-9A-Za-z.-])([2-6][0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -][0-9]{3})?|3[0-9]{3}[ -][0-9]{6}[ -][0-9]{4,5})(?:[^0-9A-Za-z-]|$))re",
     v::is_credit_card, 1, kAnyShare, 0.98},
    {Tag::credit_card, Need::digits, R"re(^\s*([2-6][0-9]{13,18})\s*$)re", v::is_credit_card, 1, kMost, 0.95},
    {Tag::credit_card, Need::digits, R"re([^0-9A-Za-z.-]([3-6][0-9]{13,15})(?:[^0-9A-Za-z-]|$))re", v::is_credit_card,
     1, kAnyShare, 0.8},
    {Tag::device_id, Need::digits, R"re(^(?:IMEI:? ?)?([0-9]{2}-?[0-9]{6}-?[0-9]{6}-?[0-9])$)re", v::is_imei, 1, kMost,
     0.9},

    {Tag::iban, Need::digits,
     R"re((?:^|[^0-9A-Za-z])([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)(?:[^0-9A-Za-z]|$))re",
     v::is_iban, 1, kAnyShare, 0.99},
    {Tag::iban, Need::digits, R"re(^([a-z]{2}[0-9]{2}[a-z0-9]{11,30})$)re", v::is_iban, 1, kMost, 0.95},

    {Tag::ip_address, Need::dots,
     R"re((?:^|[\s,;=(\['"])([0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:[/:][0-9]{1,5})?)(?:[\s,;)\]'"]|$))re", v::is_ipv4, 1, 0.1,
     0.95},
    {Tag::ip_address, Need::colons,
     R"re(^\s*\[?([0-9A-Fa-f:]{2,39}(?:[0-9.]{7,15})?(?:%[a-z0-9]+)?(?:/[0-9]{1,3})?)\]?\s*$)re", v::is_ipv6, 1, 0.1,
     0.95},
    {Tag::mac_address, Need::octets,
     R"re((?:^|[\s,;=(])([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5})(?:[\s,;)]|$))re",
     v::is_mac, 1, 0.1, 0.95},
    {Tag::mac_address, Need::octets, R"re(^([0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4})$)re", v::is_mac, 1, kMost,
     0.9},

    {Tag::passport, Need::digits,
     R"re((?:^|\s)([A-Z0-9<]{9}[0-9][A-Z<]{3}[0-9]{7}[MFX<][0-9]{7}[A-Z0-9<]{14}[0-9<][0-9])(?:\s|$))re",
     v::is_passport_zone, 1, kAnyShare, 0.99},
    {Tag::passport, Need::code, R"re(^([CFGHJK][0-9CFGHJKLMNPRTVWXYZ]{8}[0-9])(?:D)?$)re", v::is_passport_number, 4,
     kNearlyAll, 0.85},
    {Tag::driver_license, Need::code, R"re(^([A-Z][A-Z9]{4}[0-9]{6}[A-Z9]{2}[0-9][A-Z0-9]{2})$)re",
     v::is_uk_driver_number, 1, kMost, 0.95},

    {Tag::national_id, Need::code, R"re(^([A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D])$)re", v::is_uk_nino, 2, kMost,
     0.9},
    {Tag::national_id, Need::code, R"re(^([0-9XYZ][0-9]{7}-?[A-Z])$)re", v::is_spanish_dni, 1, kMost, 0.9},
    {Tag::national_id, Need::digits, R"re(^([12] ?[0-9]{2} ?[0-9]{2} ?[0-9AB]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2})$)re",
     v::is_french_nir, 1, kMost, 0.95},
    {Tag::national_id, Need::code, R"re(^([A-Z]{6}[0-9L-V]{2}[A-EHLMPR-T][0-9L-V]{2}[A-Z][0-9L-V]{3}[A-Z])$)re",
     v::is_italian_fiscal_code, 1, kMost, 0.95},
    {Tag::national_id, Need::digits, R"re(^([1-9][0-9] ?[0-9]{3} ?[0-9]{3} ?[0-9]{3})$)re", v::is_german_tax_id, 3,
     kNearlyAll, 0.85},
    {Tag::national_id, Need::digits, R"re(^([0-9]{4}\.[0-9]{2}\.[0-9]{3}|[0-9]{9})$)re", v::is_dutch_bsn, 5, kNearlyAll,
     0.8},
    {Tag::national_id, Need::digits, R"re(^([0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2})$)re",
     v::is_belgian_register_number, 1, kMost, 0.95},
    {Tag::national_id, Need::digits, R"re(^([0-9]{11})$)re", v::is_polish_pesel, 3, kNearlyAll, 0.9},
    {Tag::national_id, Need::digits, R"re(^((?:19|20)?[0-9]{6}[-+][0-9]{4})$)re", v::is_swedish_personal_number, 1,
     kMost, 0.9},
    {Tag::national_id, Need::digits, R"re(^([0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y])$)re", v::is_finnish_personal_code, 1,
     kMost, 0.9},
    {Tag::national_id, Need::digits, R"re(^(756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2})$)re", v::is_swiss_ahv, 1, kMost,
     0.95},
    {Tag::national_id, Need::digits, R"re(^([0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2})$)re", v::is_brazilian_cpf, 1, kMost,
     0.97},
    {Tag::national_id, Need::digits, R"re(^([0-9]{11})$)re", v::is_brazilian_cpf, 2, kNearlyAll, 0.9},
    {Tag::national_id, Need::digits, R"re(^([2-9][0-9]{3}[ -][0-9]{4}[ -][0-9]{4})$)re", v::is_indian_aadhaar, 1, kMost,
     0.9},
    {Tag::national_id, Need::digits, R"re(^([2-9][0-9]{11})$)re", v::is_indian_aadhaar, 4, kNearlyAll, 0.85},
    {Tag::national_id, Need::code, R"re(^([A-Z]{3}P[A-Z][0-9]{4}[A-Z])$)re", v::is_indian_pan, 2, kNearlyAll, 0.9},
    {Tag::national_id, Need::digits, R"re(^([1-9][0-9]{16}[0-9Xx])$)re", v::is_chinese_resident_id, 1, kMost, 0.95},
    {Tag::national_id, Need::digits, R"re(^([0-9]{3}[ -][0-9]{3}[ -][0-9]{3})$)re", v::is_canadian_sin, 3, kNearlyAll,
     0.85},

    {Tag::token, Need::secret,
     R"re((?:^|[^A-Za-z0-9_])(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{8,}))re", v::is_jwt, 1,
     kAnyShare, 0.99},
    {Tag::token, Need::secret,
     R"re((?:^|[^A-Za-z0-9_])(gh[opsur]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20}|xox[abeprs]-[A-Za-z0-9-]{10,}|npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}|ya29\.[A-Za-z0-9_-]{20,}|dop_v1_[0-9a-f]{64}|Bearer [A-Za-z0-9._~+/-]{20,}))re",
     v::is_random_token, 1, kAnyShare, 0.98},
    {Tag::key, Need::secret,
     R"re((?:^|[^A-Za-z0-9_])((?:AKIA|ASIA)[A-Z0-9]{16}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|AIza[A-Za-z0-9_-]{35}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9-]{20,}|whsec_[A-Za-z0-9+/]{16,})(?:[^A-Za-z0-9_]|$))re",
     v::is_random_token, 1, kAnyShare, 0.98},
    {Tag::key, Need::secret, R"re((-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY))re", is_anything, 1, kAnyShare, 0.99},
    {Tag::hash, Need::secret,
     R"re(^(\$2[abxy]\$[0-9]{2}\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$v=.*|\$(?:1|5|6|y|7)\$[./A-Za-z0-9=$]{20,}|\$scrypt\$.*|\$?pbkdf2[_:-][a-z0-9_-]+[$:].*|SCRAM-SHA-256\$[0-9]+:.*|md5[0-9a-f]{32}|\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{20,})$)re",
     is_anything, 1, kAnyShare, 0.98},
    {Tag::password, Need::at_sign, R"re(([a-z][a-z0-9+]{1,20}://[^\s:@/]{1,64}:[^\s@/]{3,128}@[A-Za-z0-9.-]{1,200}))re",
     v::is_url_with_password, 1, kAnyShare, 0.99},
};
static_assert(std::size(kPatterns) <= kMaxValuePatterns);

// How often each kind of byte stands in a text.
struct ByteCounts {
  std::size_t digits = 0;
  std::size_t letters = 0;
  std::size_t hex_letters = 0;
  std::size_t marks = 0;  // of hashes and keys
  std::size_t at_signs = 0;
  std::size_t colons = 0;
  std::size_t dots = 0;
  std::size_t hyphens = 0;
  std::size_t spaces = 0;
};

// Bytes of `text` that `is` is true for. The counter is as narrow as the bytes, so that the compiler makes vectors of
// it.
template <class Is>
std::size_t count_bytes(std::string_view text, Is is) {
  constexpr std::size_t kBlock = 255;
  std::size_t count = 0;
  while (!text.empty()) {
    const std::string_view block = text.substr(0, kBlock);
    std::uint8_t in_block = 0;
    for (const char c : block)
      in_block = static_cast<std::uint8_t>(in_block + (is(static_cast<unsigned char>(c)) ? 1 : 0));
    count += in_block;
    text.remove_prefix(block.size());
  }
  return count;
}

bool may_be_octets(std::string_view text, const ByteCounts& counts) {
  constexpr std::size_t kDotted = 14;
  return counts.colons >= 5 || counts.hyphens >= 5 || (counts.dots == 2 && text.size() == kDotted);
}

ByteCounts count_kinds(std::string_view text) {
  using Byte = unsigned char;
  const auto lower = [](Byte c) { return static_cast<Byte>(c | 0x20U); };
  ByteCounts counts;
  counts.digits = count_bytes(text, [](Byte c) { return static_cast<Byte>(c - '0') < 10; });
  counts.letters = count_bytes(text, [&](Byte c) { return static_cast<Byte>(lower(c) - 'a') < 26; });
  counts.at_signs = count_bytes(text, [](Byte c) { return c == '@'; });
  counts.colons = count_bytes(text, [](Byte c) { return c == ':'; });
  counts.dots = count_bytes(text, [](Byte c) { return c == '.'; });
  counts.hyphens = count_bytes(text, [](Byte c) { return c == '-'; });
  counts.spaces = count_bytes(text, [](Byte c) { return c == ' '; });
  counts.marks = counts.hyphens + count_bytes(text, [](Byte c) { return c == '$' || c == '{' || c == '_'; });
  // Only what has separators can be a hardware address.
  if (may_be_octets(text, counts)) {
    counts.hex_letters = count_bytes(text, [&](Byte c) { return static_cast<Byte>(lower(c) - 'a') < 6; });
  }
  return counts;
}

constexpr std::uint16_t bit(Need need) {
  return static_cast<std::uint16_t>(need);
}

}  // namespace

std::span<const ValuePattern> value_patterns() {
  return kPatterns;
}

std::uint16_t needs_met(std::string_view text) {
  const ByteCounts counts = count_kinds(text);
  std::uint16_t met = 0;
  if (counts.at_signs != 0) met |= bit(Need::at_sign);
  if (counts.digits >= 8) met |= bit(Need::digits);
  if (counts.colons >= 2) met |= bit(Need::colons);
  if (counts.dots >= 3 && counts.digits >= 4) met |= bit(Need::dots);
  const bool separated = may_be_octets(text, counts);
  if (separated && counts.digits + counts.hex_letters >= 12) met |= bit(Need::octets);
  if (text.size() <= 20 && counts.letters != 0 && counts.digits >= 2) met |= bit(Need::code);
  if (text.size() >= 16 && (counts.marks != 0 || counts.digits >= 2 || counts.spaces == 0)) met |= bit(Need::secret);
  return met;
}

}  // namespace sqlproxy::pipeline
