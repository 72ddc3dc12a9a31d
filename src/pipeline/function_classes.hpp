#pragma once

#include <string_view>

#include "pipeline/catalog_objects.hpp"
#include "pipeline/function_class.hpp"

namespace sqlproxy::pipeline {

// The class of a function of the live catalog. What decides, in this order: its schema; whether it was there after
// initdb; the reviewed lists in function_classes.cpp (complete for PostgreSQL 15, with what 12 to 18 have besides);
// its volatility: a volatile function that is on no list is `unreviewed`.
[[nodiscard]] FunctionClass classify_function(const CatalogFunction& function);

// True for functions outside pg_catalog that show what a sensitive relation holds (those of pg_stat_statements).
[[nodiscard]] bool shows_sensitive_data(std::string_view function_name);

// True for settings whose value may hold a secret (a connection string with a password) or a path of the server.
// `name` is in lower case.
[[nodiscard]] bool is_secret_setting(std::string_view name);

}  // namespace sqlproxy::pipeline
