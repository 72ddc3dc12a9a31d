#include "admin/http_routes.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "admin/http_openapi.hpp"

namespace sqlproxy::admin {
namespace {

TEST(HttpRoutes, PathsAreComparedAsTheyStand) {
  EXPECT_EQ(match_route("GET", "/health").route, HttpRoute::health);
  EXPECT_EQ(match_route("GET", "/metrics").route, HttpRoute::metrics);
  EXPECT_EQ(match_route("POST", "/policies/reload").route, HttpRoute::reload);
  for (const char* path : {"", "/", "/health/", "//health", "/Health", "/health/../metrics", "/../etc/passwd",
                           "/api/v1", "/api/v1/clients/", "/api/v1/clients/x", "/api/v1/clients/-1",
                           "/api/v1/clients/1/2", "/api/v1/clients/99999999999999999999", "/api/v1/clients/1%20"}) {
    EXPECT_EQ(match_route("GET", path).route, HttpRoute::not_found) << path;
  }
}

TEST(HttpRoutes, OtherMethodsAreTold) {
  const HttpRouteMatch post = match_route("POST", "/health");
  EXPECT_EQ(post.route, HttpRoute::wrong_method);
  EXPECT_EQ(post.allow, "GET, HEAD");
  EXPECT_EQ(match_route("GET", "/policies/reload").allow, "POST");
  EXPECT_EQ(match_route("GET", "/api/v1/clients/3").allow, "DELETE");
  EXPECT_EQ(match_route("HEAD", "/health").route, HttpRoute::health);
  EXPECT_EQ(match_route("HEAD", "/policies/reload").route, HttpRoute::wrong_method);
}

TEST(HttpRoutes, AClientsNumberIsRead) {
  const HttpRouteMatch match = match_route("DELETE", "/api/v1/clients/18446744073709551615");
  EXPECT_EQ(match.route, HttpRoute::end_client);
  EXPECT_EQ(match.id, 18446744073709551615U);
}

TEST(HttpRoutes, ThreeAreOpen) {
  int open = 0;
  for (int i = 0; i <= static_cast<int>(HttpRoute::wrong_method); ++i)
    open += is_open(static_cast<HttpRoute>(i)) ? 1 : 0;
  EXPECT_EQ(open, 3);
  EXPECT_TRUE(is_open(HttpRoute::health) && is_open(HttpRoute::ready) && is_open(HttpRoute::metrics));
}

TEST(HttpRoutes, APasswordReadsAndChangesNothing) {
  for (int i = 0; i <= static_cast<int>(HttpRoute::wrong_method); ++i) {
    const auto route = static_cast<HttpRoute>(i);
    const bool changes = route == HttpRoute::reload || route == HttpRoute::end_client || route == HttpRoute::explain;
    EXPECT_FALSE(changes && takes_password(route));
  }
  EXPECT_TRUE(takes_password(match_route("GET", "/dashboard").route));
  EXPECT_TRUE(takes_password(match_route("GET", "/api/v1/clients").route));
  EXPECT_FALSE(takes_password(match_route("POST", "/dashboard").route));
}

TEST(HttpAuthorization, IsTheTokenAndNothingElse) {
  const std::optional<core::Secret> token(core::Secret("s3cret"));
  EXPECT_TRUE(is_authorized("Bearer s3cret", token, HttpProof::token));
  EXPECT_TRUE(is_authorized("bearer s3cret", token, HttpProof::token));
  for (const char* header : {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3crets", "Bearer  s3cret", "s3cret",
                             "Basic s3cret", "Bearer S3CRET", "Bearer s3cret "}) {
    EXPECT_FALSE(is_authorized(header, token, HttpProof::token)) << header;
  }
  EXPECT_FALSE(is_authorized(std::nullopt, token, HttpProof::token));
  EXPECT_FALSE(is_authorized("Bearer s3cret", std::nullopt, HttpProof::token));
  EXPECT_FALSE(is_authorized("Bearer ", core::Secret(""), HttpProof::token));
}

TEST(HttpAuthorization, APasswordIsTheTokenOfAnyUser) {
  const std::optional<core::Secret> token(core::Secret("s3:cret"));
  // "admin:s3:cret", ":s3:cret"
  for (const char* header : {"Basic YWRtaW46czM6Y3JldA==", "basic OnMzOmNyZXQ="}) {
    EXPECT_TRUE(is_authorized(header, token, HttpProof::token_or_password)) << header;
    EXPECT_FALSE(is_authorized(header, token, HttpProof::token)) << header;
    EXPECT_FALSE(is_authorized(header, std::nullopt, HttpProof::token_or_password)) << header;
  }
  // Nothing, no base64, no colon, "admin:", "admin:s3", "admin:s3:cret "
  for (const char* header : {"Basic ", "Basic !", "Basic YWRtaW4=", "Basic YWRtaW46",
                             "Basic YWRtaW46czM=", "Basic YWRtaW46czM6Y3JldCA=", "Basic s3:cret"}) {
    EXPECT_FALSE(is_authorized(header, token, HttpProof::token_or_password)) << header;
  }
  EXPECT_TRUE(is_authorized("Bearer s3:cret", token, HttpProof::token_or_password));
}

TEST(OpenApi, DescribesEachRoute) {
  const auto document = nlohmann::json::parse(openapi_document());
  std::size_t described = 0;
  for (const auto& [path, methods] : document["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string upper(method);
      for (char& c : upper) c = static_cast<char>(c - 32);
      const std::string asked = path == "/api/v1/clients/{id}" ? "/api/v1/clients/1" : path;
      const HttpRoute route = match_route(upper, asked).route;
      EXPECT_TRUE(route != HttpRoute::not_found && route != HttpRoute::wrong_method) << method << ' ' << path;
      EXPECT_EQ(is_open(route), operation.contains("security")) << path;
      ++described;
    }
  }
  // The dashboard and its two files are for people.
  EXPECT_EQ(described + 3, static_cast<std::size_t>(HttpRoute::not_found));
}

}  // namespace
}  // namespace sqlproxy::admin
