#include "frontend/client_identity.hpp"

#include <utility>

#include "backend/verifier_source.hpp"
#include "frontend/authentication.hpp"
#include "net/signal.hpp"

namespace sqlproxy::frontend {
namespace {

namespace sqlstate = core::sqlstate;
using config::AuthMethod;

// A lookup has a limit of its own; this is for one that waits behind others.
constexpr std::chrono::milliseconds kLookupPatience{8000};

core::Error password_failed(const std::string& user) {
  return core::make_error(core::ErrorCode::denied, sqlstate::kInvalidPassword,
                          "password authentication failed for user \"" + user + "\"");
}

core::Error not_available(const std::string& database) {
  return core::make_error(
      core::ErrorCode::unavailable, sqlstate::kCannotConnectNow, "database \"" + database + "\" is not available",
      "The proxy could not ask its server for the user's password.", "Try again later; the proxy's log says why.");
}

// Proof before the configuration's users.
net::Task<core::Result<ClientIdentity>> prove_to_configuration(net::Stream& stream, net::InputBuffer& input,
                                                               const IdentityRequest& request) {
  const KnownUser* known = request.snapshot.find_user(request.user);
  const AuthenticationRequest asked{request.user, request.method, known, request.mock_secret,
                                    request.snapshot.tokens.get()};
  const auto proof = co_await authenticate(stream, input, asked);
  if (!proof) co_return proof.error();
  // No method lets an unknown user in; should one ever do so, this does not.
  if (known == nullptr) co_return password_failed(request.user);
  co_return ClientIdentity{known->subject, std::nullopt};
}

net::Task<backend::VerifierSource::Result> look_up(backend::VerifierSource& source, const IdentityRequest& request) {
  // Shared with the lookup's thread, which may answer after this coroutine has left.
  struct Wait {
    explicit Wait(net::Executor executor) : signal(executor) {}
    net::Signal signal;
    std::optional<backend::VerifierSource::Result> result;
  };
  auto wait = std::make_shared<Wait>(request.executor);
  source.look_up(request.user, [wait, executor = request.executor](const backend::VerifierSource::Result& result) {
    asio::post(executor, [wait, result] {
      wait->result = result;
      wait->signal.notify_all();
    });
  });
  bool expired = false;
  net::Deadline deadline(request.deadlines, [&] {
    expired = true;
    wait->signal.notify_all();
  });
  deadline.arm(kLookupPatience);
  while (!wait->result && !expired) co_await wait->signal.wait();
  if (request.login_deadline.expired()) {
    co_return core::make_error(core::ErrorCode::closed, sqlstate::kConnectionFailure, "login took too long");
  }
  if (wait->result && *wait->result) co_return *wait->result;
  co_return not_available(request.database);
}

// The exchange that fits what the server keeps. As PostgreSQL: "md5" asks those for SCRAM who have no md5 hash, and
// users that do not exist are among them.
AuthMethod exchange_for(AuthMethod method, const backend::RoleVerifierPtr& verifier) {
  if (method == AuthMethod::md5 && (!verifier || !verifier->md5)) return AuthMethod::scram_sha_256;
  return method;
}

bool yields_credentials(AuthMethod method) {
  return method == AuthMethod::scram_sha_256 || method == AuthMethod::md5 || method == AuthMethod::password;
}

// Proof before the server's own verifiers.
net::Task<core::Result<ClientIdentity>> prove_to_server(net::Stream& stream, net::InputBuffer& input,
                                                        backend::VerifierSource& source,
                                                        const IdentityRequest& request) {
  if (!yields_credentials(request.method)) {
    co_return core::make_error(core::ErrorCode::denied, sqlstate::kInvalidAuthorizationSpecification,
                               "authentication method \"" + std::string(name_of(request.method)) +
                                   "\" gives no credentials for the server of database \"" + request.database + "\"");
  }
  // Only a SCRAM exchange is bound to a verifier from its beginning. The other methods are judged by what the server
  // has now, so that a password just changed is never refused.
  std::optional<backend::RoleVerifierPtr> remembered;
  if (request.method == AuthMethod::scram_sha_256) remembered = source.remembered(request.user);
  if (!remembered) {
    auto found = co_await look_up(source, request);
    if (!found) co_return std::move(found).error();
    remembered = *std::move(found);
  }
  const backend::RoleVerifierPtr verifier = *std::move(remembered);

  KnownUser known;
  if (verifier) {
    known.scram = verifier->scram;
    known.md5 = verifier->md5;
  }
  const AuthMethod exchange = exchange_for(request.method, verifier);
  auto proof =
      co_await authenticate(stream, input, {request.user, exchange, verifier ? &known : nullptr, request.mock_secret});
  if (!proof) {
    // The password may be a new one. The client has been given the old salt, so that it has to come again. Names that
    // are nobody's are forgotten too: else the next attempt would be answered faster than a real user's.
    if (proof.error().code == core::ErrorCode::denied) source.forget(request.user);
    co_return std::move(proof).error();
  }
  ClientIdentity identity;
  if (const KnownUser* configured = request.snapshot.find_user(request.user)) {
    identity.subject = configured->subject;
  } else {
    identity.subject = {request.user, {}, "default"};
  }
  if (proof->keys) {
    identity.credentials = *std::move(proof->keys);
  } else if (known.md5) {
    identity.credentials = backend::Md5Hash{*known.md5};
  } else {
    co_return password_failed(request.user);
  }
  co_return identity;
}

}  // namespace

net::Task<core::Result<ClientIdentity>> prove_client_identity(net::Stream& stream, net::InputBuffer& input,
                                                              const IdentityRequest& request) {
  const auto source = request.snapshot.verifiers_for(request.database, request.user);
  if (!source) co_return co_await prove_to_configuration(stream, input, request);
  co_return co_await prove_to_server(stream, input, *source, request);
}

std::shared_ptr<const DatabaseRoute> route_as(const DatabaseRoute& route, const std::string& user,
                                              backend::ServerCredentials credentials) {
  auto target = std::make_shared<backend::ServerTarget>(*route.target);
  target->user = user;
  target->credentials = std::move(credentials);
  auto own = std::make_shared<DatabaseRoute>(route);
  own->target = std::move(target);
  return own;
}

std::optional<core::Error> refusal_of_identity(const DatabaseRoute& route, const backend::LoginFailure& failure) {
  using Cause = backend::LoginFailure::Cause;
  if (!route.verifiers || failure.error.sqlstate.error_class() != "28") return std::nullopt;
  if (failure.error.sqlstate == sqlstate::kInvalidPassword) {
    // The password was changed after the verifier had been looked up.
    route.verifiers->forget(route.target->user);
    return password_failed(route.target->user);
  }
  // pg_hba.conf, NOLOGIN and the like are about the client's own user.
  if (failure.cause == Cause::refused) return failure.error;
  return std::nullopt;
}

}  // namespace sqlproxy::frontend
