#pragma once

#include <string_view>

namespace sqlproxy::pipeline {

// Names of pg_catalog, each followed by a blank, sorted: for those who have to tell what a name may stand for without a
// server at hand (assumed_catalog.hpp). Verdicts about clients' statements never rest on them.
extern const std::string_view kBuiltinFunctions;
// Tables and views.
extern const std::string_view kBuiltinRelations;

}  // namespace sqlproxy::pipeline
