#pragma once

#include <optional>
#include <string>

namespace sqlproxy::admin {

// A request as it has been read, within the server's limits. Everything in it is the client's word.
struct HttpRequest {
  std::string method;
  std::string path;  // without the query string
  std::optional<std::string> authorization;
  std::optional<std::string> origin;
  std::string body;
  std::string client_ip;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  // Of a 405: the methods that there are.
  std::string allow;
  // Of a 401: what proof is wanted.
  std::string challenge;
};

}  // namespace sqlproxy::admin
