#include "frontend/authentication.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include "core/log.hpp"
#include "core/random.hpp"
#include "net/message_reader.hpp"
#include "wire/frame.hpp"
#include "wire/md5_password.hpp"
#include "wire/message_type.hpp"
#include "wire/messages/authentication.hpp"
#include "wire/messages/password_message.hpp"
#include "wire/messages/sasl_initial_response.hpp"
#include "wire/messages/sasl_response.hpp"
#include "wire/scram_password.hpp"
#include "wire/scram_server.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::Authentication;

// SASL messages of SCRAM are bounded more tightly than passwords (libpq/sasl.h, PG_MAX_SASL_MESSAGE_LENGTH).
constexpr std::uint32_t kMaxSaslMessage = 1024;

core::Error denied(core::SqlState sqlstate, std::string message) {
  return core::make_error(core::ErrorCode::denied, sqlstate, std::move(message));
}

core::Error password_failed(const std::string& user) {
  return denied(core::sqlstate::kInvalidPassword, "password authentication failed for user \"" + user + "\"");
}

// One client's authentication exchange.
class Exchange {
 public:
  Exchange(net::Stream& stream, net::InputBuffer& input, const AuthenticationRequest& request)
      : stream_(stream), input_(input), reader_(stream, input), request_(request) {}

  [[nodiscard]] net::Task<core::Status> scram();
  [[nodiscard]] net::Task<core::Status> md5();
  [[nodiscard]] net::Task<core::Status> cleartext();
  [[nodiscard]] net::Task<core::Status> token();
  [[nodiscard]] core::Status certificate();
  // Drops the last answer from the input: the next byte there belongs to the session.
  void finish();
  [[nodiscard]] Proof take_proof() { return std::move(proof_); }

 private:
  [[nodiscard]] net::Task<core::Status> send(const Authentication& message);
  [[nodiscard]] net::Task<core::Result<std::string_view>> receive(std::uint32_t max_size);
  // Asks for a password or token as it is, where nobody else can read along. The view dies with the next read.
  [[nodiscard]] net::Task<core::Result<std::string_view>> ask_in_clear();
  [[nodiscard]] wire::ScramServer make_scram_server();
  [[nodiscard]] bool password_matches(std::string_view password);
  // What a client is told when somebody else than the proxy does not vouch for it; the log alone learns why.
  [[nodiscard]] core::Error refused_from_outside(std::string_view method, std::string_view why) const;

  net::Stream& stream_;
  net::InputBuffer& input_;
  net::MessageReader reader_;
  const AuthenticationRequest& request_;
  Proof proof_;
};

net::Task<core::Status> Exchange::send(const Authentication& message) {
  std::string out;
  if (auto encoded = message.encode(out); !encoded) co_return encoded;
  if (const net::IoResult sent = co_await stream_.write_all(out); !sent.ok()) {
    co_return core::make_error(core::ErrorCode::closed, core::sqlstate::kConnectionFailure, sent.error.message());
  }
  co_return core::Status{};
}

net::Task<core::Result<std::string_view>> Exchange::receive(std::uint32_t max_size) {
  const auto message = co_await reader_.next(max_size);
  if (!message) co_return message.error();
  if (static_cast<wire::FrontendType>(message->type) != wire::FrontendType::PasswordMessage) {
    co_return core::make_error(
        core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation,
        "expected password response, got message type " + std::to_string(static_cast<unsigned char>(message->type)));
  }
  co_return message->body;
}

wire::ScramServer Exchange::make_scram_server() {
  wire::ScramServer::Config config;
  config.user = request_.user;
  if (request_.known != nullptr) config.verifier = request_.known->scram;
  config.mock_secret = request_.mock_secret;
  if (stream_.is_tls()) {
    if (auto hash = net::tls_server_end_point(stream_.ssl(), net::CertificateSide::ours)) {
      config.channel_binding = {true, *std::move(hash)};
    }
  }
  return wire::ScramServer(std::move(config));
}

net::Task<core::Status> Exchange::scram() {
  const bool plus =
      stream_.is_tls() && net::tls_server_end_point(stream_.ssl(), net::CertificateSide::ours).has_value();
  wire::ScramServer server = make_scram_server();
  if (auto sent = co_await send(Authentication::sasl(wire::ScramServer::mechanisms(plus))); !sent) co_return sent;
  auto body = co_await receive(kMaxSaslMessage);
  if (!body) co_return std::move(body).error();
  const auto initial = wire::SASLInitialResponse::decode(*body);
  if (!initial) co_return initial.error();
  auto reply = server.handle_initial(*initial);
  while (reply && !reply->done) {
    if (auto sent = co_await send(Authentication::sasl_continue(reply->data)); !sent) co_return sent;
    body = co_await receive(kMaxSaslMessage);
    if (!body) co_return std::move(body).error();
    reply = server.handle_response(*body);
  }
  if (!reply) co_return std::move(reply).error();
  const wire::ScramVerifier& verifier = server.verifier();
  proof_.keys = {server.client_key(), verifier.server_key, verifier.salt, verifier.iterations};
  co_return co_await send(Authentication::sasl_final(reply->data));
}

net::Task<core::Status> Exchange::md5() {
  const KnownUser* known = request_.known;
  // As PostgreSQL: a user whose verifier is SCRAM's is asked for that.
  if (known != nullptr && known->scram && !known->md5 && !known->password) co_return co_await scram();
  const std::string salt = core::random_string(wire::kMd5SaltSize);
  if (auto sent = co_await send(Authentication::md5_password(salt)); !sent) co_return sent;
  const auto body = co_await receive(wire::kAuthenticationMessageLimit);
  if (!body) co_return body.error();
  const auto answer = wire::PasswordMessage::decode(*body);
  if (!answer) co_return answer.error();
  std::string verifier = "md500000000000000000000000000000000";
  bool usable = false;
  if (known != nullptr && known->md5) {
    verifier = known->md5->reveal();
    usable = true;
  } else if (known != nullptr && known->password) {
    auto made = wire::md5_verifier(known->password->reveal(), request_.user);
    if (!made) co_return std::move(made).error();
    verifier = *std::move(made);
    usable = true;
  }
  const bool matches = wire::check_md5_response(answer->password, verifier, salt);
  if (!usable || !matches) co_return password_failed(request_.user);
  co_return core::Status{};
}

bool Exchange::password_matches(std::string_view password) {
  const KnownUser* known = request_.known;
  if (known != nullptr && known->md5) {
    const auto verifier = wire::md5_verifier(password, request_.user);
    return verifier && core::constant_time_equal(*verifier, known->md5->reveal());
  }
  const bool usable = known != nullptr && known->scram.has_value();
  // The hash is computed for unknown users as well, so that they take as long.
  const wire::ScramVerifier& expected =
      usable ? *known->scram
             : wire::ScramVerifier::mock(request_.user, request_.mock_secret, wire::kScramDefaultIterations);
  auto keys = wire::scram_keys_of_password(password, expected);
  if (!keys || !usable) return false;
  proof_.keys = std::move(keys);
  return true;
}

net::Task<core::Result<std::string_view>> Exchange::ask_in_clear() {
  std::error_code error;
  const bool local = stream_.socket().local_endpoint(error).protocol().family() == AF_UNIX;
  if (!stream_.is_tls() && !local) {
    co_return denied(core::sqlstate::kInvalidAuthorizationSpecification,
                     std::string(name_of(request_.method)) + " authentication requires an encrypted connection");
  }
  if (auto sent = co_await send(Authentication::cleartext_password()); !sent) co_return std::move(sent).error();
  // At once, so that no part of a secret stays behind in a smaller block.
  input_.reserve(wire::FrameHeader::kSize + wire::kAuthenticationMessageLimit);
  const auto body = co_await receive(wire::kAuthenticationMessageLimit);
  if (!body) co_return body.error();
  const auto answer = wire::PasswordMessage::decode(*body);
  if (!answer) co_return answer.error();
  co_return answer->password;
}

net::Task<core::Status> Exchange::cleartext() {
  const auto password = co_await ask_in_clear();
  if (!password) co_return password.error();
  if (!password_matches(*password)) co_return password_failed(request_.user);
  co_return core::Status{};
}

net::Task<core::Status> Exchange::token() {
  const auto token = co_await ask_in_clear();
  if (!token) co_return token.error();
  // The configuration has been refused if this method is used without.
  if (request_.tokens == nullptr) co_return refused_from_outside("JWT", "there is no [auth.jwt]");
  // For unknown users as well, so that they take as long.
  const core::Status proved = request_.tokens->verify(*token, request_.user, core::wall_now());
  if (!proved) co_return refused_from_outside("JWT", proved.error().message);
  if (request_.known == nullptr) co_return refused_from_outside("JWT", "[[users]] does not have it");
  co_return core::Status{};
}

void Exchange::finish() {
  reader_.finish();
  input_.wipe_consumed();
}

core::Error Exchange::refused_from_outside(std::string_view method, std::string_view why) const {
  core::log().warn("{} login of user \"{}\" is refused: {}", method, core::log_safe(request_.user), why);
  return denied(core::sqlstate::kInvalidPassword,
                std::string(method) + " authentication failed for user \"" + request_.user + "\"");
}

core::Status Exchange::certificate() {
  const auto name = stream_.is_tls() ? net::verified_client_common_name(stream_.ssl()) : std::nullopt;
  if (!name) {
    return denied(core::sqlstate::kInvalidAuthorizationSpecification, "connection requires a valid client certificate");
  }
  if (request_.known == nullptr || *name != request_.user) {
    return denied(core::sqlstate::kInvalidAuthorizationSpecification,
                  "certificate authentication failed for user \"" + request_.user + "\"");
  }
  return {};
}

core::Status trust(const AuthenticationRequest& request) {
  if (request.known != nullptr) return {};
  return denied(core::sqlstate::kInvalidAuthorizationSpecification, "role \"" + request.user + "\" does not exist");
}

}  // namespace

net::Task<core::Result<Proof>> authenticate(net::Stream& stream, net::InputBuffer& input,
                                            const AuthenticationRequest& request) {
  Exchange exchange(stream, input, request);
  core::Status status;
  switch (request.method) {
    case config::AuthMethod::trust: status = trust(request); break;
    case config::AuthMethod::cert: status = exchange.certificate(); break;
    case config::AuthMethod::scram_sha_256: status = co_await exchange.scram(); break;
    case config::AuthMethod::md5: status = co_await exchange.md5(); break;
    case config::AuthMethod::password: status = co_await exchange.cleartext(); break;
    case config::AuthMethod::jwt: status = co_await exchange.token(); break;
    case config::AuthMethod::ldap:
      co_return core::make_error(core::ErrorCode::unsupported, core::sqlstate::kInvalidAuthorizationSpecification,
                                 "this authentication method is not supported by this release");
  }
  exchange.finish();
  if (!status) co_return std::move(status).error();
  co_return exchange.take_proof();
}

std::string_view name_of(config::AuthMethod method) {
  switch (method) {
    case config::AuthMethod::scram_sha_256: return "scram-sha-256";
    case config::AuthMethod::md5: return "md5";
    case config::AuthMethod::password: return "password";
    case config::AuthMethod::cert: return "cert";
    case config::AuthMethod::jwt: return "jwt";
    case config::AuthMethod::ldap: return "ldap";
    case config::AuthMethod::trust: return "trust";
  }
  return "unknown";
}

}  // namespace sqlproxy::frontend
