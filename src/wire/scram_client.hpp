#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "wire/messages/sasl_initial_response.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::wire {

// The client's side of one SCRAM-SHA-256(-PLUS) exchange: how the proxy logs in to a server (RFC 5802, RFC 7677;
// protocol.md 2.4).
//
// Life: start() with the mechanisms of AuthenticationSASL; handle_continue() with AuthenticationSASLContinue;
// handle_final() with AuthenticationSASLFinal. An AuthenticationOk counts only when finished(): before that the server
// has not proved that it knows the password. Not thread-safe.
class ScramClient {
 public:
  // Keys of a user whose own log-in to the proxy gave them away. They fit one verifier only: a server that answers with
  // another salt or count has another password by now.
  struct Keys {
    // kScramKeySize bytes each.
    core::Secret client_key;
    core::Secret server_key;
    // Raw bytes.
    std::string salt;
    std::uint32_t iterations = 0;
  };
  using Credentials = std::variant<core::Secret, Keys>;  // a password, or keys

  enum class BindingPolicy { prefer, require };

  struct Config {
    Credentials credentials;
    // tls-server-end-point of the server's certificate; empty without TLS or for a certificate that has none
    // (protocol.md 2.3.3).
    std::string certificate_hash;
    // Require: refuse a server that does not offer SCRAM-SHA-256-PLUS.
    BindingPolicy binding = BindingPolicy::prefer;
    // Servers that ask for more are refused: each iteration costs the proxy an HMAC.
    std::uint32_t max_iterations = 1'000'000;
    // The client's nonce; empty: a random one. Only tests set it.
    std::string nonce;
  };

  explicit ScramClient(Config config);

  // Chooses a mechanism and makes the first message. 0A000 when nothing that is offered will do.
  // The views in the result live as long as this object.
  [[nodiscard]] core::Result<SASLInitialResponse> start(std::span<const std::string_view> offered);

  // Takes server-first-message, gives client-final-message, to be sent as SASLResponse. 08P01 malformed or a nonce that
  // does not begin with ours; 54000 too many iterations; 28P01 the keys do not fit the server's verifier (any more).
  [[nodiscard]] core::Result<std::string> handle_continue(std::string_view server_first);

  // Takes server-final-message. 28P01 the server refused; 28000 the server did not prove to know the password.
  [[nodiscard]] core::Status handle_final(std::string_view server_final);

  // True after a handle_final() that succeeded.
  [[nodiscard]] bool finished() const { return state_ == State::finished; }

  // What the password came to for this server's verifier: credentials for the next log-in that need no hashing.
  // Requires: finished().
  [[nodiscard]] const Keys& keys() const { return keys_; }

 private:
  enum class State { initial, server_first, server_final, finished, failed };

  struct ServerFirst {
    std::string_view nonce;
    std::string salt;
    std::uint32_t iterations = 0;
  };

  [[nodiscard]] core::Result<std::string> on_server_first(std::string_view message);
  [[nodiscard]] core::Result<ServerFirst> parse_server_first(std::string_view message) const;
  [[nodiscard]] core::Status on_server_final(std::string_view message) const;
  [[nodiscard]] core::Status take_keys(ServerFirst server_first);
  [[nodiscard]] std::string_view client_first_bare() const;

  Config config_;
  State state_ = State::initial;
  std::string_view mechanism_;
  std::string gs2_header_;
  std::string client_first_;
  std::string auth_message_;
  Keys keys_;
};

}  // namespace sqlproxy::wire
