#pragma once

#include "admin/http_message.hpp"
#include "admin/http_routes.hpp"

namespace sqlproxy::admin {

// The page that shows a person in a browser what the proxy does, and its script and style: `route` is one of
// HttpRoute::dashboard and the two behind it. The page has no data of its own: it asks /metrics and /health every few
// seconds, and the API when somebody wants to see a table.
[[nodiscard]] HttpResponse dashboard_file(HttpRoute route);

}  // namespace sqlproxy::admin
