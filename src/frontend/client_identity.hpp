#pragma once

#include <memory>
#include <optional>
#include <string>

#include "backend/server_credentials.hpp"
#include "backend/server_login.hpp"
#include "config/auth.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "frontend/snapshot.hpp"
#include "net/deadline.hpp"
#include "net/input_buffer.hpp"
#include "net/stream.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::frontend {

// Who wants to log in, where, and how that is to be proved; all references outlive it.
struct IdentityRequest {
  std::string user;
  std::string database;  // as the client calls it; there may be none of that name
  config::AuthMethod method = config::AuthMethod::scram_sha_256;
  const Snapshot& snapshot;
  const core::Secret& mock_secret;
  net::Executor executor;
  net::DeadlineQueue& deadlines;
  // The login's own: once it has expired nothing more is read from the client.
  const net::Deadline& login_deadline;
};

// Who a client has proved to be.
struct ClientIdentity {
  pipeline::Subject subject;
  // With identity = "passthrough": what the client's user logs in to the server with. Equivalent to a password.
  std::optional<backend::ServerCredentials> credentials;
};

// Has the client prove who it is to whoever knows the users of the database: the configuration, or with identity =
// "passthrough" the database's server, whose verifiers alone count there. Up to but without AuthenticationOk. Errors as
// those of authenticate(), and 57P03 when the server could not be asked.
[[nodiscard]] net::Task<core::Result<ClientIdentity>> prove_client_identity(net::Stream& stream,
                                                                            net::InputBuffer& input,
                                                                            const IdentityRequest& request);

// The route for a client alone whose server connections are logged in as its own user.
[[nodiscard]] std::shared_ptr<const DatabaseRoute> route_as(const DatabaseRoute& route, const std::string& user,
                                                            backend::ServerCredentials credentials);

// What a client is told when the server does not let its own user in, word for word as PostgreSQL would tell it; none
// when the failure is about something else, or the proxy logs in with credentials of its own. A verifier that the
// server does not hold any more is forgotten.
[[nodiscard]] std::optional<core::Error> refusal_of_identity(const DatabaseRoute& route,
                                                             const backend::LoginFailure& failure);

}  // namespace sqlproxy::frontend
