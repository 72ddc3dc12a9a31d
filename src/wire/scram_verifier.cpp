#include "wire/scram_verifier.hpp"

#include <charconv>
#include <utility>

#include "core/random.hpp"
#include "wire/base64.hpp"
#include "wire/scram_crypto.hpp"
#include "wire/scram_mechanism.hpp"

namespace sqlproxy::wire {
namespace {

// PostgreSQL reads the count as an int.
std::optional<std::uint32_t> parse_iterations(std::string_view text) {
  std::int32_t count = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, count);
  if (error != std::errc() || end != last || count <= 0) return std::nullopt;
  return static_cast<std::uint32_t>(count);
}

std::optional<core::Secret> parse_key(std::string_view text) {
  std::optional<std::string> key = base64_decode(text);
  if (!key || key->size() != kScramKeySize) return std::nullopt;
  return core::Secret(std::move(*key));
}

// Takes what stands before `separator` off `text`; none when there is no separator.
std::optional<std::string_view> take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end + 1);
  return taken;
}

}  // namespace

std::optional<ScramVerifier> ScramVerifier::parse(std::string_view text) {
  const auto mechanism = take_until(text, '$');
  if (mechanism != kScramSha256) return std::nullopt;
  const auto iterations_text = take_until(text, ':');
  const auto salt_text = take_until(text, '$');
  const auto stored_key_text = take_until(text, ':');
  if (!iterations_text || !salt_text || !stored_key_text) return std::nullopt;

  const auto iterations = parse_iterations(*iterations_text);
  auto salt = base64_decode(*salt_text);
  auto stored_key = parse_key(*stored_key_text);
  auto server_key = parse_key(text);
  if (!iterations || !salt || salt->empty() || !stored_key || !server_key) return std::nullopt;
  return ScramVerifier{*iterations, std::move(*salt), std::move(*stored_key), std::move(*server_key)};
}

ScramVerifier ScramVerifier::from_password(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  scram::PasswordKeys keys = scram::derive_keys(password, salt, iterations);
  return {iterations, std::string(salt), scram::sha256(keys.client_key.reveal()), std::move(keys.server_key)};
}

ScramVerifier ScramVerifier::from_password(std::string_view password) {
  return from_password(password, core::random_string(kScramSaltSize));
}

ScramVerifier ScramVerifier::mock(std::string_view user, const core::Secret& secret, std::uint32_t iterations) {
  const core::Secret seed(std::string(user).append(secret.reveal()));
  const core::Secret digest = scram::sha256(seed.reveal());
  const core::Secret no_key(std::string(kScramKeySize, '\0'));
  return {iterations, std::string(digest.reveal().substr(0, kScramSaltSize)), no_key, no_key};
}

std::string ScramVerifier::text() const {
  return std::string(kScramSha256) + "$" + std::to_string(iterations) + ":" + base64_encode(salt) + "$" +
         base64_encode(stored_key.reveal()) + ":" + base64_encode(server_key.reveal());
}

}  // namespace sqlproxy::wire
