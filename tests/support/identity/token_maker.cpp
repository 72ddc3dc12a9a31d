#include "tests/support/identity/token_maker.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdlib>

namespace sqlproxy::identity::test {
namespace {

using config::JwtAlgorithm;

void require(bool done) {
  if (!done) std::abort();
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

template <class Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  require(write(out.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

const EVP_MD* digest_of(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::rs256:
    case JwtAlgorithm::ps256:
    case JwtAlgorithm::es256: return EVP_sha256();
    case JwtAlgorithm::rs384:
    case JwtAlgorithm::ps384:
    case JwtAlgorithm::es384: return EVP_sha384();
    case JwtAlgorithm::eddsa: return nullptr;
    default: return EVP_sha512();
  }
}

bool is_pss(JwtAlgorithm algorithm) {
  return algorithm == JwtAlgorithm::ps256 || algorithm == JwtAlgorithm::ps384 || algorithm == JwtAlgorithm::ps512;
}

std::string pair_of(const std::string& der, int bits) {
  const unsigned char* in = bytes_of(der);
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())), &ECDSA_SIG_free);
  const int size = (bits + 7) / 8;
  std::string out(static_cast<std::size_t>(size) * 2, '\0');
  auto* const bytes = reinterpret_cast<unsigned char*>(out.data());
  require(BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), bytes, size) == size);
  require(BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), bytes + size, size) == size);
  return out;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) {
  std::string out(bytes.size() / 3 * 4 + 5, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(bytes), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  out.erase(out.find_last_not_of('=') + 1);
  for (char& c : out) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return out;
}

IssuerKey IssuerKey::rsa(unsigned bits) {
  return IssuerKey(EVP_RSA_gen(bits));
}

IssuerKey IssuerKey::elliptic(const char* curve) {
  return IssuerKey(EVP_EC_gen(curve));
}

IssuerKey IssuerKey::ed25519() {
  return IssuerKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

std::string IssuerKey::public_pem() const {
  return pem_of([&](BIO* out) { return PEM_write_bio_PUBKEY(out, key_.get()); });
}

std::string IssuerKey::private_pem() const {
  return pem_of(
      [&](BIO* out) { return PEM_write_bio_PrivateKey(out, key_.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

VerificationKey IssuerKey::public_key() const {
  auto made = VerificationKey::of_public_key(key_);
  require(made.has_value());
  return *std::move(made);
}

std::string IssuerKey::sign(JwtAlgorithm algorithm, std::string_view text) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  require(EVP_DigestSignInit(context.get(), &parameters, digest_of(algorithm), nullptr, key_.get()) == 1);
  if (is_pss(algorithm)) {
    require(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    require(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  std::size_t size = 0;
  require(EVP_DigestSign(context.get(), nullptr, &size, bytes_of(text), text.size()) == 1);
  std::string out(size, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes_of(text),
                         text.size()) == 1);
  out.resize(size);
  return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_EC ? pair_of(out, EVP_PKEY_get_bits(key_.get())) : out;
}

std::string hmac_sha256(std::string_view secret, std::string_view text) {
  std::string out(32, '\0');
  require(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
               reinterpret_cast<unsigned char*>(out.data()), nullptr) != nullptr);
  return out;
}

std::string signed_text(std::string_view header, std::string_view claims) {
  return base64url_encode(header) + '.' + base64url_encode(claims);
}

std::string token_of(std::string_view header, std::string_view claims, const IssuerKey& key, JwtAlgorithm algorithm) {
  const std::string text = signed_text(header, claims);
  return text + '.' + base64url_encode(key.sign(algorithm, text));
}

}  // namespace sqlproxy::identity::test
