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
  dashboard,
  dashboard_script,
  dashboard_style,
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

// Those that a browser may ask for with a password in place of the token (Basic, RFC 7617): the dashboard, and what it
// reads. They change nothing, because a browser sends a password along with what other sites' pages ask for.
[[nodiscard]] bool takes_password(HttpRoute route);

// What a request for a route may prove itself with.
enum class HttpProof { token, token_or_password };

// Whether the value of an Authorization header is "Bearer " and the token, or "Basic " and any user with the token as
// the password where that will do. Takes a time that depends on the lengths only. False without a token in the
// configuration.
[[nodiscard]] bool is_authorized(const std::optional<std::string>& authorization,
                                 const std::optional<core::Secret>& token, HttpProof proof);

}  // namespace sqlproxy::admin
