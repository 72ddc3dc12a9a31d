#include "admin/http_routes.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "wire/base64.hpp"

namespace sqlproxy::admin {
namespace {

struct FixedRoute {
  std::string_view method;
  std::string_view path;
  HttpRoute route;
};

constexpr FixedRoute kRoutes[] = {
    {"GET", "/health", HttpRoute::health},
    {"GET", "/ready", HttpRoute::ready},
    {"GET", "/metrics", HttpRoute::metrics},
    {"POST", "/policies/reload", HttpRoute::reload},
    {"GET", "/api/v1/pools", HttpRoute::pools},
    {"GET", "/api/v1/clients", HttpRoute::clients},
    {"GET", "/api/v1/servers", HttpRoute::servers},
    {"GET", "/api/v1/stats", HttpRoute::stats},
    {"GET", "/api/v1/policies", HttpRoute::policies},
    {"POST", "/api/v1/explain", HttpRoute::explain},
    {"GET", "/api/v1/openapi.json", HttpRoute::openapi},
    {"GET", "/dashboard", HttpRoute::dashboard},
    {"GET", "/dashboard.js", HttpRoute::dashboard_script},
    {"GET", "/dashboard.css", HttpRoute::dashboard_style},
};

constexpr std::string_view kClient = "/api/v1/clients/";

std::string_view allowed_with(std::string_view method) {
  return method == "GET" ? "GET, HEAD" : method;
}

bool is_method(std::string_view asked, std::string_view method) {
  return asked == method || (asked == "HEAD" && method == "GET");
}

// What follows the scheme, which is no secret and has no case (RFC 9110, 11.1).
std::optional<std::string_view> after_scheme(std::string_view header, std::string_view scheme) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const bool has_it =
      header.size() > scheme.size() && std::ranges::equal(header.substr(0, scheme.size()), scheme, {}, lower);
  return has_it ? std::optional(header.substr(scheme.size())) : std::nullopt;
}

// A number and nothing else.
std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace

HttpRouteMatch match_route(std::string_view method, std::string_view path) {
  const auto found = std::ranges::find(kRoutes, path, &FixedRoute::path);
  if (found != std::end(kRoutes)) {
    if (is_method(method, found->method)) return {found->route, 0, {}};
    return {HttpRoute::wrong_method, 0, allowed_with(found->method)};
  }
  if (!path.starts_with(kClient)) return {};
  const auto id = number_of(path.substr(kClient.size()));
  if (!id) return {};
  if (method != "DELETE") return {HttpRoute::wrong_method, 0, "DELETE"};
  return {HttpRoute::end_client, *id, {}};
}

bool is_open(HttpRoute route) {
  return route == HttpRoute::health || route == HttpRoute::ready || route == HttpRoute::metrics;
}

bool takes_password(HttpRoute route) {
  switch (route) {
    case HttpRoute::dashboard:
    case HttpRoute::dashboard_script:
    case HttpRoute::dashboard_style:
    case HttpRoute::pools:
    case HttpRoute::clients:
    case HttpRoute::servers:
    case HttpRoute::stats:
    case HttpRoute::policies: return true;
    default: return false;
  }
}

bool is_authorized(const std::optional<std::string>& authorization, const std::optional<core::Secret>& token,
                   HttpProof proof) {
  if (!authorization || !token || token->empty()) return false;
  const std::string_view header = *authorization;
  if (const auto given = after_scheme(header, "bearer ")) return core::constant_time_equal(*given, token->reveal());
  const auto encoded = after_scheme(header, "basic ");
  if (!encoded || proof != HttpProof::token_or_password) return false;
  const std::optional<std::string> pair = wire::base64_decode(*encoded);
  const std::size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return false;
  return core::constant_time_equal(std::string_view(*pair).substr(colon + 1), token->reveal());
}

}  // namespace sqlproxy::admin
