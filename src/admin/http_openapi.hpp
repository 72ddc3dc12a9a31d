#pragma once

#include <string_view>

namespace sqlproxy::admin {

// The description of the HTTP interface (OpenAPI 3.0), as JSON.
[[nodiscard]] std::string_view openapi_document();

}  // namespace sqlproxy::admin
