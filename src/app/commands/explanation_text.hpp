#pragma once

#include <ostream>
#include <string>

#include "pipeline/explain.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::app {

// The explanation for people to read. Control characters of names are escaped.
void print_explanation(const pipeline::Explanation& explanation, const pipeline::Subject& subject,
                       const std::string& database, std::ostream& out);

}  // namespace sqlproxy::app
