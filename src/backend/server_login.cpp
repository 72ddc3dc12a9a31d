#include "backend/server_login.hpp"

#include <array>
#include <optional>

#include "net/message_reader.hpp"
#include "wire/md5_password.hpp"
#include "wire/message_type.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/authentication.hpp"
#include "wire/messages/backend_key_data.hpp"
#include "wire/messages/error_response.hpp"
#include "wire/messages/parameter_status.hpp"
#include "wire/messages/password_message.hpp"
#include "wire/messages/sasl_response.hpp"
#include "wire/scram_client.hpp"
#include "wire/startup_message.hpp"
#include "wire/startup_packet.hpp"

namespace sqlproxy::backend {
namespace {

using wire::Authentication;
using wire::BackendType;

// A message of the log-in phase is a few hundred bytes; notices may be longer.
constexpr std::uint32_t kMaxLoginMessage = 256 * 1024;

core::Error tls_refused() {
  return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kConnectionFailure,
                          "server does not support TLS, but TLS is required");
}

core::Error unexpected(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation, std::move(message));
}

// What we know of the user's password does not serve the method that the server asks for.
core::Error no_credentials(std::string_view method) {
  return core::make_error(
      core::ErrorCode::denied, core::sqlstate::kInvalidAuthorizationSpecification,
      "server asks for the authentication method \"" + std::string(method) + "\", for which there are no credentials");
}

LoginFailure failure(LoginFailure::Cause cause, core::Error error) {
  return {cause, std::move(error)};
}

LoginFailure refused(std::string_view body) {
  const auto response = wire::ErrorResponse::decode(body);
  if (!response) return failure(LoginFailure::Cause::network, response.error());
  core::Error error = core::make_error(core::ErrorCode::denied, response->sqlstate(), std::string(response->message()));
  error.detail = response->find(wire::ErrorField::Detail).value_or("");
  error.hint = response->find(wire::ErrorField::Hint).value_or("");
  return failure(LoginFailure::Cause::refused, std::move(error));
}

// Answers the server's authentication requests; one exchange.
class Authenticator {
 public:
  Authenticator(net::Stream& stream, const ServerTarget& target) : stream_(stream), target_(target) {}

  // The message that answers `body`, an Authentication message; empty when none is due.
  [[nodiscard]] core::Result<std::string> answer(std::string_view body);
  // AuthenticationOk was received and everything that had to be proved was.
  [[nodiscard]] bool authenticated() const { return authenticated_; }

 private:
  [[nodiscard]] core::Status start_sasl(const Authentication& request, std::string& out);
  [[nodiscard]] core::Status cleartext_password(std::string& out) const;
  [[nodiscard]] core::Status md5_password(std::string_view salt, std::string& out) const;

  net::Stream& stream_;
  const ServerTarget& target_;
  std::optional<wire::ScramClient> scram_;
  bool authenticated_ = false;
};

core::Status Authenticator::start_sasl(const Authentication& request, std::string& out) {
  wire::ScramClient::Config config;
  if (const auto* password = std::get_if<core::Secret>(&target_.credentials)) {
    config.credentials = *password;
  } else if (const auto* keys = std::get_if<wire::ScramClient::Keys>(&target_.credentials)) {
    config.credentials = *keys;
  } else {
    return no_credentials("SCRAM-SHA-256");
  }
  if (stream_.is_tls()) {
    config.certificate_hash = net::tls_server_end_point(stream_.ssl(), net::CertificateSide::peers).value_or("");
  }
  scram_.emplace(std::move(config));
  auto initial = scram_->start(request.mechanisms);
  if (!initial) return std::move(initial).error();
  return initial->encode(out);
}

core::Status Authenticator::cleartext_password(std::string& out) const {
  if (!stream_.is_tls() && !target_.host.starts_with('/')) {
    return core::make_error(core::ErrorCode::denied, core::sqlstate::kInvalidAuthorizationSpecification,
                            "server asks for the password in clear text over a connection without TLS");
  }
  const auto* password = std::get_if<core::Secret>(&target_.credentials);
  if (password == nullptr) return no_credentials("password");
  return wire::PasswordMessage{password->reveal()}.encode(out);
}

core::Status Authenticator::md5_password(std::string_view salt, std::string& out) const {
  core::Secret verifier;
  if (const auto* password = std::get_if<core::Secret>(&target_.credentials)) {
    auto made = wire::md5_verifier(password->reveal(), target_.user);
    if (!made) return std::move(made).error();
    verifier = core::Secret(*std::move(made));
  } else if (const auto* hash = std::get_if<Md5Hash>(&target_.credentials)) {
    verifier = hash->text;
  } else {
    return no_credentials("md5");
  }
  const auto response = wire::md5_response(verifier.reveal(), salt);
  if (!response) return response.error();
  return wire::PasswordMessage{*response}.encode(out);
}

core::Result<std::string> Authenticator::answer(std::string_view body) {
  auto request = Authentication::decode(body);
  if (!request) return std::move(request).error();
  std::string out;
  core::Status encoded;
  switch (request->kind) {
    case Authentication::Kind::Ok:
      // A server that stops a SCRAM exchange half-way has not proved that it knows the password.
      if (scram_ && !scram_->finished()) return unexpected("server ended the authentication exchange early");
      authenticated_ = true;
      return out;
    case Authentication::Kind::CleartextPassword: encoded = cleartext_password(out); break;
    case Authentication::Kind::MD5Password: encoded = md5_password(request->data, out); break;
    case Authentication::Kind::SASL: encoded = start_sasl(*request, out); break;
    case Authentication::Kind::SASLContinue: {
      if (!scram_) return unexpected("server sent a SASL message out of order");
      const auto final_message = scram_->handle_continue(request->data);
      if (!final_message) return final_message.error();
      encoded = wire::SASLResponse{*final_message}.encode(out);
      break;
    }
    case Authentication::Kind::SASLFinal:
      if (!scram_) return unexpected("server sent a SASL message out of order");
      encoded = scram_->handle_final(request->data);
      break;
    default: return unexpected("server asks for an authentication method that is not supported");
  }
  if (!encoded) return std::move(encoded).error();
  return out;
}

// Takes a message that is not part of the authentication exchange; false when it does not belong into a log-in.
bool take_greeting(const net::Message& message, ServerGreeting& greeting) {
  switch (static_cast<BackendType>(message.type)) {
    case BackendType::ParameterStatus: {
      const auto status = wire::ParameterStatus::decode(message.body);
      if (!status) return false;
      greeting.parameters.push_back({std::string(status->name), std::string(status->value)});
      return true;
    }
    case BackendType::BackendKeyData: {
      const auto key = wire::BackendKeyData::decode(message.body);
      if (!key) return false;
      greeting.process_id = key->process_id;
      greeting.cancel_key = key->key;
      return true;
    }
    case BackendType::NoticeResponse: {
      // A server that sends notices without end must not take memory without end.
      if (greeting.notices.size() > kMaxLoginMessage) return true;
      return static_cast<bool>(wire::append_message(greeting.notices, BackendType::NoticeResponse, message.body));
    }
    case BackendType::NegotiateProtocolVersion: return true;
    default: return false;
  }
}

core::Result<std::string> startup_packet(const ServerTarget& target, const StartupSettings& settings) {
  wire::StartupMessage message;
  message.user = target.user;
  message.database = target.dbname;
  message.options = settings.options;
  for (const Setting& setting : settings.parameters) message.parameters.push_back({setting.name, setting.value});
  std::string out;
  if (auto encoded = message.encode(out); !encoded) return std::move(encoded).error();
  return out;
}

}  // namespace

net::Task<core::Status> start_server_tls(net::Stream& stream, const ServerTarget& target) {
  if (target.tls == ServerTls::disable || target.host.starts_with('/')) co_return core::Status{};
  std::string request;
  wire::encode_ssl_request(request);
  std::array<char, 1> answer{};
  net::IoResult io = co_await stream.write_all(request);
  if (io.ok()) io = co_await stream.read_exactly(answer);
  if (!io.ok()) {
    co_return core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure,
                               "could not negotiate TLS with server: " + io.error.message());
  }
  if (answer[0] == 'S') co_return co_await stream.connect_tls(target.tls_context, target.host);
  if (answer[0] != 'N') co_return unexpected("server gave no valid answer to SSLRequest");
  if (target.tls == ServerTls::require) co_return tls_refused();
  co_return core::Status{};
}

net::Task<LoginResult> log_in(net::Stream& stream, net::InputBuffer& buffer, const ServerTarget& target,
                              const StartupSettings& settings) {
  using Cause = LoginFailure::Cause;
  auto packet = startup_packet(target, settings);
  if (!packet) co_return failure(Cause::refused, std::move(packet).error());
  if (const net::IoResult sent = co_await stream.write_all(*packet); !sent.ok()) {
    co_return failure(Cause::network, unexpected("connection to server lost: " + sent.error.message()));
  }

  net::MessageReader reader(stream, buffer);
  Authenticator authenticator(stream, target);
  ServerGreeting greeting;
  for (;;) {
    const auto message = co_await reader.next(kMaxLoginMessage);
    if (!message) co_return failure(Cause::network, message.error());
    const auto type = static_cast<BackendType>(message->type);
    if (type == BackendType::ErrorResponse) co_return refused(message->body);
    if (type == BackendType::ReadyForQuery && authenticator.authenticated()) {
      reader.finish();
      co_return greeting;
    }
    if (type != BackendType::Authentication) {
      if (!take_greeting(*message, greeting))
        co_return failure(Cause::network, unexpected("unexpected message from server"));
      continue;
    }
    const auto answer = authenticator.answer(message->body);
    if (!answer) co_return failure(Cause::credentials, answer.error());
    const net::IoResult sent = co_await stream.write_all(*answer);
    if (!sent.ok()) co_return failure(Cause::network, unexpected("connection to server lost: " + sent.error.message()));
  }
}

}  // namespace sqlproxy::backend
