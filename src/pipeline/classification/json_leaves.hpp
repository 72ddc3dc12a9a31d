#pragma once

#include <string_view>

#include "pipeline/classification/value_leaves.hpp"

namespace sqlproxy::pipeline {

// Tells `visitor` of the strings and numbers of a JSON document, with the keys of the objects that they stand in. Reads
// as far as the text can be read; one that is cut off, or is no JSON, ends early. Escapes in strings are left as they
// are.
void visit_json_leaves(std::string_view json, LeafVisitor& visitor);

}  // namespace sqlproxy::pipeline
