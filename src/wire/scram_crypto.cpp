#include "wire/scram_crypto.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstdlib>
#include <utility>

#include "core/log.hpp"
#include "wire/saslprep.hpp"
#include "wire/scram_verifier.hpp"

#include <spdlog/spdlog.h>

namespace sqlproxy::wire::scram {
namespace {

// A buffer for one key, wiped by the Secret that takes it over.
std::string key_buffer() {
  return std::string(kScramKeySize, '\0');
}

unsigned char* writable(std::string& buffer) {
  return reinterpret_cast<unsigned char*>(buffer.data());
}
const unsigned char* readable(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

void require(bool done) {
  if (done) return;
  core::log().critical("the cryptographic library cannot compute SHA-256");
  std::abort();
}

}  // namespace

core::Secret sha256(std::string_view data) {
  std::string digest = key_buffer();
  require(EVP_Digest(data.data(), data.size(), writable(digest), nullptr, EVP_sha256(), nullptr) == 1);
  return core::Secret(std::move(digest));
}

core::Secret hmac_sha256(const core::Secret& key, std::string_view data) {
  std::string digest = key_buffer();
  const std::string_view bytes = key.reveal();
  require(HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()), readable(data), data.size(),
               writable(digest), nullptr) != nullptr);
  return core::Secret(std::move(digest));
}

core::Secret exclusive_or(std::string_view a, std::string_view b) {
  std::string result(a);
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<char>(result[i] ^ b[i]);
  return core::Secret(std::move(result));
}

PasswordKeys derive_keys(std::string_view password, std::string_view salt, std::uint32_t iterations) {
  const core::Secret prepared = prepare_password(password);
  const std::string_view text = prepared.reveal();
  std::string derived = key_buffer();
  require(PKCS5_PBKDF2_HMAC(text.data(), static_cast<int>(text.size()), readable(salt), static_cast<int>(salt.size()),
                            static_cast<int>(iterations), EVP_sha256(), static_cast<int>(derived.size()),
                            writable(derived)) == 1);
  const core::Secret salted_password(std::move(derived));
  return {hmac_sha256(salted_password, "Client Key"), hmac_sha256(salted_password, "Server Key")};
}

}  // namespace sqlproxy::wire::scram
