#pragma once

#include <string>

#include "backend/server_login.hpp"

namespace sqlproxy::frontend {

// What a client is told of a server that could not be reached or logged in to. The server's own refusals are passed on
// where they are about what the client asked for; what is wrong with the proxy's credentials is not the client's to
// know.
[[nodiscard]] core::Error shown_failure(const backend::LoginFailure& failure, const std::string& database);

}  // namespace sqlproxy::frontend
