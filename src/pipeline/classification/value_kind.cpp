#include "pipeline/classification/value_kind.hpp"

namespace sqlproxy::pipeline {
namespace {

// pg_type.dat; these OIDs never change.
enum Type : Oid {
  kName = 19,
  kInt8 = 20,
  kText = 25,
  kJson = 114,
  kXml = 142,
  kXmlArray = 143,
  kJsonArray = 199,
  kCidr = 650,
  kCidrArray = 651,
  kUnknown = 705,
  kMacaddr8 = 774,
  kMacaddr8Array = 775,
  kMacaddr = 829,
  kInet = 869,
  kNameArray = 1003,
  kTextArray = 1009,
  kBpcharArray = 1014,
  kVarcharArray = 1015,
  kInt8Array = 1016,
  kMacaddrArray = 1040,
  kInetArray = 1041,
  kBpchar = 1042,
  kVarchar = 1043,
  kDate = 1082,
  kDateArray = 1182,
  kNumericArray = 1231,
  kCstringArray = 1263,
  kNumeric = 1700,
  kRecord = 2249,
  kCstring = 2275,
  kRecordArray = 2287,
  kJsonb = 3802,
  kJsonbArray = 3807,
};

}  // namespace

ValueKind value_kind(Oid type) {
  switch (type) {
    case kText:
    case kVarchar:
    case kBpchar:
    case kName:
    case kXml:
    case kUnknown:
    case kCstring: return ValueKind::text;
    case kInt8: return ValueKind::integer;
    case kNumeric: return ValueKind::numeric;
    case kDate: return ValueKind::date;
    case kJson:
    case kJsonb: return ValueKind::json;
    case kInet:
    case kCidr: return ValueKind::network;
    case kMacaddr:
    case kMacaddr8: return ValueKind::hardware;
    case kTextArray:
    case kVarcharArray:
    case kBpcharArray:
    case kNameArray:
    case kCstringArray:
    case kInt8Array:
    case kNumericArray:
    case kDateArray:
    case kJsonArray:
    case kJsonbArray:
    case kXmlArray:
    case kInetArray:
    case kCidrArray:
    case kMacaddrArray:
    case kMacaddr8Array: return ValueKind::array;
    case kRecord:
    case kRecordArray:
    case 0: return ValueKind::unknown;
    default: return type >= kFirstNormalOid ? ValueKind::unknown : ValueKind::none;
  }
}

std::optional<BuiltinTag> tag_of_type(Oid type) {
  switch (type) {
    case kInet:
    case kInetArray:
    case kCidr:
    case kCidrArray: return BuiltinTag::ip_address;
    case kMacaddr:
    case kMacaddrArray:
    case kMacaddr8:
    case kMacaddr8Array: return BuiltinTag::mac_address;
    default: return std::nullopt;
  }
}

}  // namespace sqlproxy::pipeline
