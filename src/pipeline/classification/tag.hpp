#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sqlproxy::pipeline {

// What a value is about. The names stand in the audit: docs/classification.md.
enum class BuiltinTag : std::uint16_t {
  email,
  phone,
  name,
  user_name,
  address,
  birth_date,
  ssn,
  national_id,
  credit_card,
  iban,
  ip_address,
  mac_address,
  device_id,
  passport,
  driver_license,
  gender,
  special_category,
  health,
  financial,
  password,
  token,
  key,
  hash,
};

inline constexpr std::size_t kBuiltinTags = static_cast<std::size_t>(BuiltinTag::hash) + 1;

// A built-in tag, or, from kBuiltinTags on, one that only the configuration knows. Means something to one Classifier.
using TagId = std::uint16_t;

constexpr TagId tag_id(BuiltinTag tag) {
  return static_cast<TagId>(tag);
}

[[nodiscard]] std::string_view tag_name(BuiltinTag tag);

// Which of two tags stands when two witnesses say different things: the greater. Tags of the configuration stand above
// the built-in ones, because somebody has taken the trouble to write them down.
[[nodiscard]] int sensitivity(TagId tag);

// Whether a result with such a column counts as one with personal data (has_pii).
[[nodiscard]] bool is_personal(std::string_view tag_name);

}  // namespace sqlproxy::pipeline
