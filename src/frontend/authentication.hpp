#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/auth.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"
#include "frontend/snapshot.hpp"
#include "identity/token_verifier.hpp"
#include "net/input_buffer.hpp"
#include "net/stream.hpp"
#include "wire/scram_client.hpp"

namespace sqlproxy::frontend {

// What an authentication needs to know; all references outlive it.
struct AuthenticationRequest {
  std::string user;
  config::AuthMethod method = config::AuthMethod::scram_sha_256;
  // Null for unknown users: the same exchange takes place, and fails at its end.
  const KnownUser* known = nullptr;
  const core::Secret& mock_secret;
  // For the method "jwt"; there when the configuration has it.
  const identity::TokenVerifier* tokens = nullptr;
};

// What a client gave away in proving who it is: equivalent to its password where the same verifier is held.
struct Proof {
  std::optional<wire::ScramClient::Keys> keys;
};

// Has the client prove who it is, up to but without AuthenticationOk, which the caller sends. An error is FATAL for the
// client and says the same whether the user exists or not; with code `closed` the client went away instead of answering
// (psql does, to ask for a password) and gets none.
[[nodiscard]] net::Task<core::Result<Proof>> authenticate(net::Stream& stream, net::InputBuffer& input,
                                                          const AuthenticationRequest& request);

// "scram-sha-256" and the like, for logs and the audit.
[[nodiscard]] std::string_view name_of(config::AuthMethod method);

}  // namespace sqlproxy::frontend
