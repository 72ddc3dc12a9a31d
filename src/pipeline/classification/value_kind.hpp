#pragma once

#include <cstdint>
#include <optional>

#include "pipeline/catalog_objects.hpp"
#include "pipeline/classification/tag.hpp"

namespace sqlproxy::pipeline {

// How the values of a type are read. Text and binary format are told apart value by value, because after Describe of a
// statement nobody but the reader of Bind knows which it will be.
enum class ValueKind : std::uint8_t {
  none,  // cannot hold anything that is looked for
  text,
  integer,  // bigint
  numeric,
  date,
  json,
  network,   // inet, cidr
  hardware,  // macaddr, macaddr8
  array,     // of whatever its values say
  unknown,   // a type of somebody's own: text, a row, an array, whatever its values look like
};

[[nodiscard]] ValueKind value_kind(Oid type);

// What a built-in type alone says of its values.
[[nodiscard]] std::optional<BuiltinTag> tag_of_type(Oid type);

}  // namespace sqlproxy::pipeline
