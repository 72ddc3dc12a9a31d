#pragma once

#include <cstdint>
#include <string_view>

#include "pipeline/catalog_objects.hpp"
#include "pipeline/classification/value_kind.hpp"

namespace sqlproxy::pipeline {

// Told of the texts that a value is made of: itself, or the elements of an array, the fields of a row, the strings and
// numbers of a JSON document. Texts are views that live as long as the call.
class LeafVisitor {
 public:
  virtual ~LeafVisitor() = default;
  // `key`: of a JSON object or an hstore; empty elsewhere.
  virtual void on_text(std::string_view text, std::string_view key) = 0;
  virtual void on_date(int year) = 0;
};

// Takes one value apart, in text or binary format, whichever it is. Never fails: what is not what it should be is a
// text, or nothing. Bounded in depth and in the number of leaves.
void visit_leaves(ValueKind kind, std::string_view value, LeafVisitor& visitor);

// The year of a date as PostgreSQL writes it in any DateStyle and people write it in texts; 0: not a date.
[[nodiscard]] int year_of_date(std::string_view text);

}  // namespace sqlproxy::pipeline
