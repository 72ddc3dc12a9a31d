#include "pipeline/classification/tag.hpp"

#include <array>
#include <limits>

namespace sqlproxy::pipeline {
namespace {

struct TagFacts {
  std::string_view name;
  int sensitivity;
};

// In the order of BuiltinTag.
constexpr std::array<TagFacts, kBuiltinTags> kTags = {{
    {"PII.Email", 40},           {"PII.Phone", 40},      {"PII.Name", 30},          {"PII.UserName", 20},
    {"PII.Address", 40},         {"PII.BirthDate", 50},  {"PII.SSN", 90},           {"PII.NationalId", 80},
    {"PII.CreditCard", 90},      {"PII.IBAN", 80},       {"PII.IPAddress", 25},     {"PII.MacAddress", 25},
    {"PII.DeviceId", 25},        {"PII.Passport", 80},   {"PII.DriverLicense", 80}, {"PII.Gender", 35},
    {"PII.SpecialCategory", 85}, {"PII.Health", 85},     {"PII.Financial", 60},     {"Credential.Password", 99},
    {"Credential.Token", 97},    {"Credential.Key", 98}, {"Credential.Hash", 96},
}};

}  // namespace

std::string_view tag_name(BuiltinTag tag) {
  return kTags[static_cast<std::size_t>(tag)].name;
}

int sensitivity(TagId tag) {
  return tag < kBuiltinTags ? kTags[tag].sensitivity : std::numeric_limits<int>::max();
}

bool is_personal(std::string_view tag_name) {
  return tag_name.starts_with("PII.") || tag_name.starts_with("Credential.");
}

}  // namespace sqlproxy::pipeline
