#include "wire/scram_client.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "core/random.hpp"
#include "wire/base64.hpp"
#include "wire/protocol_error.hpp"
#include "wire/scram_attributes.hpp"
#include "wire/scram_crypto.hpp"
#include "wire/scram_mechanism.hpp"

namespace sqlproxy::wire {
namespace {

core::Error malformed(std::string detail) {
  return protocol_violation("malformed SCRAM message from server", std::move(detail));
}

core::Error no_mechanism(std::string message) {
  return core::make_error(core::ErrorCode::unsupported, core::sqlstate::kFeatureNotSupported, std::move(message));
}

core::Error denied(core::SqlState sqlstate, std::string message) {
  return core::make_error(core::ErrorCode::denied, sqlstate, std::move(message));
}

std::optional<std::uint32_t> parse_count(std::string_view text) {
  std::int32_t count = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc() || end != last || count <= 0) return std::nullopt;
  return static_cast<std::uint32_t>(count);
}

}  // namespace

ScramClient::ScramClient(Config config) : config_(std::move(config)) {
  if (config_.nonce.empty()) config_.nonce = base64_encode(core::random_string(kScramNonceSize));
}

std::string_view ScramClient::client_first_bare() const {
  return std::string_view(client_first_).substr(gs2_header_.size());
}

core::Result<SASLInitialResponse> ScramClient::start(std::span<const std::string_view> offered) {
  if (state_ != State::initial) return protocol_violation("duplicate SASL authentication request");
  state_ = State::failed;
  const auto offers = [&](std::string_view mechanism) {
    return std::ranges::find(offered, mechanism) != offered.end();
  };
  const bool can_bind = !config_.certificate_hash.empty();
  if (can_bind && offers(kScramSha256Plus)) {
    mechanism_ = kScramSha256Plus;
    gs2_header_ = kScramBindingHeader;
  } else if (config_.binding == BindingPolicy::require) {
    return no_mechanism(
        "channel binding is required, but server did not offer an authentication method that supports channel binding");
  } else if (offers(kScramSha256)) {
    mechanism_ = kScramSha256;
    // "y" tells the server that we would have bound, so that it notices when its offer was taken away on the way here.
    gs2_header_ = can_bind ? "y,," : "n,,";
  } else {
    return no_mechanism("none of the server's SASL authentication mechanisms are supported");
  }
  // The name is empty, as from libpq: the server goes by the startup packet.
  client_first_ = gs2_header_ + "n=,r=" + config_.nonce;
  state_ = State::server_first;
  return SASLInitialResponse{mechanism_, client_first_};
}

core::Result<std::string> ScramClient::handle_continue(std::string_view server_first) {
  if (state_ != State::server_first) return protocol_violation("unexpected SASL challenge from server");
  core::Result<std::string> reply = on_server_first(server_first);
  state_ = reply ? State::server_final : State::failed;
  return reply;
}

core::Result<ScramClient::ServerFirst> ScramClient::parse_server_first(std::string_view message) const {
  if (message.size() > kMaxSaslMessage) return malformed("The message is too long.");
  if (message.starts_with('m')) return no_mechanism("server requires an unsupported SCRAM extension");
  scram::AttributeReader attributes(message);
  const auto nonce = attributes.expect('r');
  if (!nonce || !scram::is_nonce(*nonce)) return malformed("A nonce was expected.");
  if (nonce->size() <= config_.nonce.size() || !nonce->starts_with(config_.nonce)) {
    return protocol_violation("invalid SCRAM response from server", "Nonce does not match.");
  }
  const auto salt_text = attributes.expect('s');
  auto salt = base64_decode(salt_text.value_or(""));
  if (!salt || salt->empty()) return malformed("A salt was expected.");
  const auto iterations = parse_count(attributes.expect('i').value_or(""));
  if (!iterations) return malformed("An iteration count was expected.");
  if (!attributes.skip_rest()) return malformed("An attribute was expected.");
  if (*iterations > config_.max_iterations) {
    return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                            "server asks for too many SCRAM iterations");
  }
  return ServerFirst{*nonce, std::move(*salt), *iterations};
}

core::Status ScramClient::take_keys(ServerFirst server_first) {
  if (auto* keys = std::get_if<Keys>(&config_.credentials)) {
    if (keys->salt != server_first.salt || keys->iterations != server_first.iterations) {
      return denied(core::sqlstate::kInvalidPassword, "SCRAM keys do not fit the verifier of the server");
    }
    keys_ = std::move(*keys);
    return {};
  }
  const std::string_view password = std::get<core::Secret>(config_.credentials).reveal();
  scram::PasswordKeys derived = scram::derive_keys(password, server_first.salt, server_first.iterations);
  keys_ = {std::move(derived.client_key), std::move(derived.server_key), std::move(server_first.salt),
           server_first.iterations};
  return {};
}

core::Result<std::string> ScramClient::on_server_first(std::string_view message) {
  core::Result<ServerFirst> server_first = parse_server_first(message);
  if (!server_first) return std::move(server_first).error();
  const std::string nonce(server_first->nonce);
  if (auto status = take_keys(std::move(*server_first)); !status) return std::move(status).error();

  const std::string binding = mechanism_ == kScramSha256Plus ? gs2_header_ + config_.certificate_hash : gs2_header_;
  const std::string without_proof = "c=" + base64_encode(binding) + ",r=" + nonce;
  auth_message_ = std::string(client_first_bare()) + "," + std::string(message) + "," + without_proof;
  const core::Secret stored_key = scram::sha256(keys_.client_key.reveal());
  const core::Secret client_signature = scram::hmac_sha256(stored_key, auth_message_);
  const core::Secret proof = scram::exclusive_or(keys_.client_key.reveal(), client_signature.reveal());
  return without_proof + ",p=" + base64_encode(proof.reveal());
}

core::Status ScramClient::handle_final(std::string_view server_final) {
  if (state_ != State::server_final) return protocol_violation("unexpected SASL outcome from server");
  core::Status status = on_server_final(server_final);
  state_ = status ? State::finished : State::failed;
  return status;
}

core::Status ScramClient::on_server_final(std::string_view message) const {
  if (message.size() > kMaxSaslMessage) return malformed("The message is too long.");
  scram::AttributeReader attributes(message);
  const auto attribute = attributes.next();
  if (attribute && attribute->name == 'e') {
    return denied(core::sqlstate::kInvalidPassword, "server refused the SCRAM exchange");
  }
  if (!attribute || attribute->name != 'v') return malformed("A verifier was expected.");
  const auto signature = base64_decode(attribute->value);
  if (!signature || !attributes.skip_rest()) return malformed("A verifier was expected.");
  const core::Secret expected = scram::hmac_sha256(keys_.server_key, auth_message_);
  if (!core::constant_time_equal(*signature, expected.reveal())) {
    return denied(core::sqlstate::kInvalidAuthorizationSpecification, "incorrect SCRAM signature of the server");
  }
  return {};
}

}  // namespace sqlproxy::wire
