#include "wire/scram_password.hpp"

#include <utility>

#include "wire/scram_crypto.hpp"

namespace sqlproxy::wire {

std::optional<ScramClient::Keys> scram_keys_of_password(std::string_view password, const ScramVerifier& verifier) {
  scram::PasswordKeys keys = scram::derive_keys(password, verifier.salt, verifier.iterations);
  const core::Secret stored_key = scram::sha256(keys.client_key.reveal());
  if (!core::constant_time_equal(stored_key.reveal(), verifier.stored_key.reveal())) return std::nullopt;
  return ScramClient::Keys{std::move(keys.client_key), std::move(keys.server_key), verifier.salt, verifier.iterations};
}

}  // namespace sqlproxy::wire
