#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/secret.hpp"

namespace sqlproxy::admin {

enum class HttpRoute {
  health,
  ready,
  metrics,
  reload,
  pools,
  clients,
  servers,
  stats,
  policies,
  end_client,  // with HttpRouteMatch::id
  explain,
  openapi,
  not_found,
  wrong_method,  // with HttpRouteMatch::allow
};

struct HttpRouteMatch {
  HttpRoute route = HttpRoute::not_found;
  std::uint64_t id = 0;
  std::string_view allow;
};

// What `method` on `path` asks for. Paths are compared as they stand: nothing in them is a file, and nothing is
// resolved.
[[nodiscard]] HttpRouteMatch match_route(std::string_view method, std::string_view path);

// Those answer without a token: load balancers and Prometheus have none.
[[nodiscard]] bool is_open(HttpRoute route);

// Whether the value of an Authorization header is "Bearer " and the token. Takes a time that depends on the lengths
// only. False without a token in the configuration.
[[nodiscard]] bool is_authorized(const std::optional<std::string>& authorization,
                                 const std::optional<core::Secret>& token);

}  // namespace sqlproxy::admin
