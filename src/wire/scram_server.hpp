#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "wire/messages/sasl_initial_response.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::wire {

// The server's side of one SCRAM-SHA-256(-PLUS) exchange (RFC 5802, RFC 7677; protocol.md 2.2 and 2.3).
//
// Life: handle_initial() with the SASLInitialResponse, then handle_response() with each SASLResponse until a reply has
// `done` or an error comes; after either of these the object answers nothing more. An unknown user goes through the
// same steps and the same arithmetic and fails at the end, as a wrong password does. Not thread-safe.
class ScramServer {
 public:
  // What the session knows about TLS.
  struct ChannelBinding {
    // True when AuthenticationSASL offered SCRAM-SHA-256-PLUS on this connection.
    bool plus_advertised = false;
    // tls-server-end-point: the hash of the certificate that this handshake presented. Not empty if plus_advertised.
    std::string certificate_hash;
  };

  struct Config {
    // As the client's StartupMessage names it; the name within SCRAM messages does not count.
    std::string user;
    // None: there is no such user or it has no usable verifier, and the exchange is doomed from the start.
    std::optional<ScramVerifier> verifier;
    // For the salt of doomed exchanges: see ScramVerifier::mock().
    core::Secret mock_secret;
    std::uint32_t mock_iterations = kScramDefaultIterations;
    ChannelBinding channel_binding;
    // The server's part of the nonce; empty: a random one. Only tests set it.
    std::string nonce;
  };

  struct Reply {
    // False: send as AuthenticationSASLContinue (possibly empty) and wait for a SASLResponse.
    // True: send as AuthenticationSASLFinal, followed by AuthenticationOk.
    bool done = false;
    std::string data;
  };

  explicit ScramServer(Config config);

  // The mechanisms to put into AuthenticationSASL, the strongest first.
  [[nodiscard]] static std::vector<std::string_view> mechanisms(bool plus);

  // Errors of both: 08P01 malformed or out of order, 0A000 an extension or authorization identity, 28000 channel
  // binding does not hold, 28P01 wrong password or doomed. All of them end the connection (FATAL).
  [[nodiscard]] core::Result<Reply> handle_initial(const SASLInitialResponse& message);
  [[nodiscard]] core::Result<Reply> handle_response(std::string_view data);

  // The client's key, with which one can log in to a server that holds the same verifier (protocol.md 2.4.3):
  // equivalent to a password. Requires: a reply had `done`.
  [[nodiscard]] const core::Secret& client_key() const { return client_key_; }
  // What the exchange was checked against. Requires: a reply had `done`.
  [[nodiscard]] const ScramVerifier& verifier() const { return verifier_; }

 private:
  enum class State { initial, client_first, client_final, done, failed };

  [[nodiscard]] core::Result<Reply> step(std::string_view data);
  [[nodiscard]] core::Result<Reply> on_client_first(std::string_view message);
  [[nodiscard]] core::Result<Reply> on_client_final(std::string_view message);
  [[nodiscard]] core::Status check_gs2_flag(std::string_view flag) const;
  [[nodiscard]] bool proof_holds(std::string_view proof, std::string_view auth_message);

  Config config_;
  ScramVerifier verifier_;
  core::Secret client_key_;
  State state_ = State::initial;
  bool doomed_ = false;
  bool plus_chosen_ = false;
  std::string gs2_header_;
  std::string client_first_bare_;
  std::string server_first_;
  std::string nonce_;
};

}  // namespace sqlproxy::wire
