#include "wire/scram_server.hpp"

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
  return protocol_violation("malformed SCRAM message", std::move(detail));
}

core::Error unsupported(std::string message) {
  return core::make_error(core::ErrorCode::unsupported, core::sqlstate::kFeatureNotSupported, std::move(message));
}

core::Error binding_failed(std::string message, std::string detail = {}) {
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInvalidAuthorizationSpecification,
                          std::move(message), std::move(detail));
}

// The same for every reason: a client learns neither whether the user exists nor what about it does not fit.
core::Error password_failed(std::string_view user) {
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInvalidPassword,
                          "password authentication failed for user \"" + std::string(user) + "\"");
}

struct ClientFirst {
  std::string_view flag;  // of the channel binding: "n", "y" or "p=<type>"
  std::string_view gs2_header;
  std::string_view bare;
};

core::Result<ClientFirst> split_client_first(std::string_view message) {
  const std::size_t flag_end = message.find(',');
  if (flag_end == std::string_view::npos) return malformed("Comma expected after the channel-binding flag.");
  const std::string_view rest = message.substr(flag_end + 1);
  if (rest.starts_with('a')) return unsupported("client uses authorization identity, but it is not supported");
  if (!rest.starts_with(',')) return malformed("Unexpected attribute in client-first-message.");
  const std::size_t header_size = flag_end + 2;
  return ClientFirst{message.substr(0, flag_end), message.substr(0, header_size), message.substr(header_size)};
}

}  // namespace

ScramServer::ScramServer(Config config) : config_(std::move(config)), doomed_(!config_.verifier) {
  verifier_ = config_.verifier ? std::move(*config_.verifier)
                               : ScramVerifier::mock(config_.user, config_.mock_secret, config_.mock_iterations);
  config_.verifier.reset();
}

std::vector<std::string_view> ScramServer::mechanisms(bool plus) {
  if (plus) return {kScramSha256Plus, kScramSha256};
  return {kScramSha256};
}

core::Result<ScramServer::Reply> ScramServer::handle_initial(const SASLInitialResponse& message) {
  if (state_ != State::initial) return protocol_violation("unexpected SASL initial response");
  plus_chosen_ = config_.channel_binding.plus_advertised && message.mechanism == kScramSha256Plus;
  if (!plus_chosen_ && message.mechanism != kScramSha256) {
    state_ = State::failed;
    return protocol_violation("client selected an invalid SASL authentication mechanism");
  }
  state_ = State::client_first;
  // Without an initial response the mechanism begins with an empty challenge (RFC 4422, section 5.1).
  if (!message.data) return Reply{};
  return handle_response(*message.data);
}

core::Result<ScramServer::Reply> ScramServer::handle_response(std::string_view data) {
  core::Result<Reply> reply = step(data);
  if (!reply) state_ = State::failed;
  return reply;
}

core::Result<ScramServer::Reply> ScramServer::step(std::string_view data) {
  if (data.empty()) return malformed("The message is empty.");
  if (data.size() > kMaxSaslMessage) return malformed("The message is too long.");
  if (data.find('\0') != std::string_view::npos) return malformed("Message length does not match input length.");
  switch (state_) {
    case State::client_first: return on_client_first(data);
    case State::client_final: return on_client_final(data);
    case State::initial:
    case State::done:
    case State::failed: break;
  }
  return protocol_violation("unexpected SASL response");
}

core::Status ScramServer::check_gs2_flag(std::string_view flag) const {
  if (flag.starts_with("p=")) {
    if (!plus_chosen_) {
      return malformed(
          "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding "
          "data.");
    }
    if (!kScramBindingHeader.starts_with(std::string(flag) + ",")) {
      return protocol_violation("unsupported SCRAM channel-binding type");
    }
    return {};
  }
  if (flag != "n" && flag != "y") return malformed("Unexpected channel-binding flag.");
  if (plus_chosen_) {
    return malformed(
        "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.");
  }
  if (flag == "y" && config_.channel_binding.plus_advertised) {
    // Somebody between took our offer of SCRAM-SHA-256-PLUS away (RFC 5802, section 6).
    return binding_failed("SCRAM channel binding negotiation error",
                          "The client supports SCRAM channel binding but thinks the server does not. However, this "
                          "server does support channel binding.");
  }
  return {};
}

core::Result<ScramServer::Reply> ScramServer::on_client_first(std::string_view message) {
  const core::Result<ClientFirst> first = split_client_first(message);
  if (!first) return first.error();
  if (auto status = check_gs2_flag(first->flag); !status) return std::move(status).error();
  if (first->bare.starts_with('m')) return unsupported("client requires an unsupported SCRAM extension");

  scram::AttributeReader attributes(first->bare);
  if (!attributes.expect('n')) return malformed("Attribute \"n\" expected in client-first-message.");
  const auto client_nonce = attributes.expect('r');
  if (!client_nonce) return malformed("Attribute \"r\" expected in client-first-message.");
  if (!scram::is_nonce(*client_nonce)) return protocol_violation("non-printable characters in SCRAM nonce");
  if (!attributes.skip_rest()) return malformed("Attribute expected in client-first-message.");

  gs2_header_ = first->gs2_header;
  client_first_bare_ = first->bare;
  nonce_ = std::string(*client_nonce) +
           (config_.nonce.empty() ? base64_encode(core::random_string(kScramNonceSize)) : config_.nonce);
  server_first_ = "r=" + nonce_ + ",s=" + base64_encode(verifier_.salt) + ",i=" + std::to_string(verifier_.iterations);
  state_ = State::client_final;
  return Reply{false, server_first_};
}

core::Result<ScramServer::Reply> ScramServer::on_client_final(std::string_view message) {
  scram::AttributeReader attributes(message);
  const auto binding = attributes.expect('c');
  if (!binding) return malformed("Attribute \"c\" expected in client-final-message.");
  const std::string expected_binding =
      base64_encode(plus_chosen_ ? gs2_header_ + config_.channel_binding.certificate_hash : gs2_header_);
  if (!core::constant_time_equal(*binding, expected_binding)) {
    if (plus_chosen_) return binding_failed("SCRAM channel binding check failed");
    return protocol_violation("unexpected SCRAM channel-binding attribute in client-final-message");
  }
  const auto nonce = attributes.expect('r');
  if (!nonce) return malformed("Attribute \"r\" expected in client-final-message.");

  std::optional<scram::AttributeReader::Attribute> attribute;
  do {
    attribute = attributes.next();
    if (!attribute) return malformed("Attribute \"p\" expected in client-final-message.");
  } while (attribute->name != 'p');
  if (!attributes.at_end()) return malformed("Garbage found at the end of client-final-message.");
  const std::optional<std::string> proof = base64_decode(attribute->value);
  if (!proof || proof->size() != kScramKeySize) return malformed("Malformed proof in client-final-message.");
  if (!core::constant_time_equal(*nonce, nonce_)) {
    return protocol_violation("invalid SCRAM response", "Nonce does not match.");
  }

  constexpr std::size_t kProofPrefix = 3;  // ",p="
  const std::string_view without_proof = message.substr(0, message.size() - attribute->value.size() - kProofPrefix);
  const std::string auth_message = client_first_bare_ + "," + server_first_ + "," + std::string(without_proof);
  if (!proof_holds(*proof, auth_message)) return password_failed(config_.user);
  state_ = State::done;
  return Reply{true, "v=" + base64_encode(scram::hmac_sha256(verifier_.server_key, auth_message).reveal())};
}

bool ScramServer::proof_holds(std::string_view proof, std::string_view auth_message) {
  const core::Secret client_signature = scram::hmac_sha256(verifier_.stored_key, auth_message);
  core::Secret client_key = scram::exclusive_or(proof, client_signature.reveal());
  const core::Secret stored_key = scram::sha256(client_key.reveal());
  const bool equal = core::constant_time_equal(stored_key.reveal(), verifier_.stored_key.reveal());
  // Judged last: a doomed exchange takes the time of any other.
  if (!equal || doomed_) return false;
  client_key_ = std::move(client_key);
  return true;
}

}  // namespace sqlproxy::wire
