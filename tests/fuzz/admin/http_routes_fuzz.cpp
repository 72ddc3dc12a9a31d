// A method, a path and an Authorization header, a line each: whatever they hold, no route without a match of the whole
// path, and nothing is authorized but the token itself.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "admin/http_routes.hpp"

namespace {

using namespace sqlproxy::admin;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view method = take_line(rest);
  const std::string_view path = take_line(rest);
  const HttpRouteMatch match = match_route(method, path);
  if (match.route == HttpRoute::end_client) {
    require(method == "DELETE");
    const std::string_view digits = path.substr(std::string_view("/api/v1/clients/").size());
    require(!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos);
  } else if (match.route != HttpRoute::not_found && match.route != HttpRoute::wrong_method) {
    require(path.starts_with('/') && path.find_first_of("%?#\\") == std::string_view::npos &&
            path.find("..") == std::string_view::npos);
  }
  if (is_open(match.route)) require(method == "GET" || method == "HEAD");
  const std::string header(rest);
  const bool authorized = is_authorized(header, sqlproxy::core::Secret("the-token"), HttpProof::token);
  std::string scheme = header.substr(0, 6);
  for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  require(authorized == (scheme == "bearer" && header.size() > 6 && header.substr(6) == " the-token"));
  // Whoever has the token may also say it as a password, and nobody else.
  const bool either = is_authorized(header, sqlproxy::core::Secret("the-token"), HttpProof::token_or_password);
  require(either == (authorized || (scheme == "basic " && either)));
  require(!is_authorized(header, std::nullopt, HttpProof::token_or_password));
  require(!is_authorized(std::nullopt, sqlproxy::core::Secret("the-token"), HttpProof::token_or_password));
  return 0;
}
