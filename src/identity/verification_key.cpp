#include "identity/verification_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <array>
#include <utility>

namespace sqlproxy::identity {
namespace {

// RFC 7518, section 3.3; beyond the upper bound a check takes too long.
constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;

struct Named {
  std::string_view name;
  JwtAlgorithm algorithm;
};

constexpr Named kNames[] = {
    {"HS256", JwtAlgorithm::hs256}, {"HS384", JwtAlgorithm::hs384}, {"HS512", JwtAlgorithm::hs512},
    {"RS256", JwtAlgorithm::rs256}, {"RS384", JwtAlgorithm::rs384}, {"RS512", JwtAlgorithm::rs512},
    {"PS256", JwtAlgorithm::ps256}, {"PS384", JwtAlgorithm::ps384}, {"PS512", JwtAlgorithm::ps512},
    {"ES256", JwtAlgorithm::es256}, {"ES384", JwtAlgorithm::es384}, {"ES512", JwtAlgorithm::es512},
    {"EdDSA", JwtAlgorithm::eddsa},
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Null for EdDSA, which has a hash of its own.
const EVP_MD* digest_of(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::hs256:
    case JwtAlgorithm::rs256:
    case JwtAlgorithm::ps256:
    case JwtAlgorithm::es256: return EVP_sha256();
    case JwtAlgorithm::hs384:
    case JwtAlgorithm::rs384:
    case JwtAlgorithm::ps384:
    case JwtAlgorithm::es384: return EVP_sha384();
    case JwtAlgorithm::hs512:
    case JwtAlgorithm::rs512:
    case JwtAlgorithm::ps512:
    case JwtAlgorithm::es512: return EVP_sha512();
    case JwtAlgorithm::eddsa: break;
  }
  return nullptr;
}

bool is_pss(JwtAlgorithm algorithm) {
  return algorithm == JwtAlgorithm::ps256 || algorithm == JwtAlgorithm::ps384 || algorithm == JwtAlgorithm::ps512;
}

// Bytes of each of the two numbers of a signature; 0 where signatures are no pairs of numbers.
std::size_t ecdsa_number_size(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::es256: return 32;
    case JwtAlgorithm::es384: return 48;
    case JwtAlgorithm::es512: return 66;
    default: return 0;
  }
}

// OpenSSL's form of the pair of numbers that RFC 7518, section 3.4, writes one after the other. Empty when it is not
// exactly that.
std::string der_of_ecdsa(std::string_view signature, std::size_t number_size) {
  if (signature.size() != 2 * number_size) return {};
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), &ECDSA_SIG_free);
  const int size = static_cast<int>(number_size);
  BIGNUM* const r = BN_bin2bn(bytes_of(signature), size, nullptr);
  BIGNUM* const s = BN_bin2bn(bytes_of(signature.substr(number_size)), size, nullptr);
  if (!pair || r == nullptr || s == nullptr || ECDSA_SIG_set0(pair.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return {};
  }
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(pair.get(), &der);
  if (length <= 0) return {};
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return out;
}

bool hmac_verifies(const EVP_MD* digest, const core::Secret& secret, std::string_view text,
                   std::string_view signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  const std::string_view key = secret.reveal();
  if (HMAC(digest, key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), out.data(), &size) == nullptr)
    return false;
  return core::constant_time_equal(signature, {reinterpret_cast<const char*>(out.data()), size});
}

bool public_key_verifies(EVP_PKEY* key, JwtAlgorithm algorithm, std::string_view text, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;  // the context's own
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, digest_of(algorithm), nullptr, key) != 1) {
    return false;
  }
  if (is_pss(algorithm) && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) <= 0 ||
                            EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) <= 0)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

// True when everyone could make signatures: an exponent of 1, or an even one.
bool has_weak_exponent(EVP_PKEY* key) {
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) return true;
  const bool weak = BN_is_odd(exponent) == 0 || BN_num_bits(exponent) < 2 || BN_num_bits(exponent) > 64;
  BN_free(exponent);
  return weak;
}

core::Error unusable(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kConfigFileError, std::move(message));
}

}  // namespace

std::optional<JwtAlgorithm> algorithm_named(std::string_view name) {
  for (const Named& known : kNames) {
    if (known.name == name) return known.algorithm;
  }
  return std::nullopt;
}

std::optional<VerificationKey::Kind> VerificationKey::kind_of(evp_pkey_st* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return Kind::rsa;
    case EVP_PKEY_ED25519: return Kind::ed25519;
    case EVP_PKEY_EC: break;
    default: return std::nullopt;
  }
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1) return std::nullopt;
  const std::string_view name(group.data(), length);
  if (name == SN_X9_62_prime256v1) return Kind::p256;
  if (name == SN_secp384r1) return Kind::p384;
  if (name == SN_secp521r1) return Kind::p521;
  return std::nullopt;
}

VerificationKey::Kind VerificationKey::kind_for(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::hs256:
    case JwtAlgorithm::hs384:
    case JwtAlgorithm::hs512: return Kind::secret;
    case JwtAlgorithm::es256: return Kind::p256;
    case JwtAlgorithm::es384: return Kind::p384;
    case JwtAlgorithm::es512: return Kind::p521;
    case JwtAlgorithm::eddsa: return Kind::ed25519;
    default: return Kind::rsa;
  }
}

core::Result<VerificationKey> VerificationKey::of_public_key(PublicKey key) {
  const auto kind = kind_of(key.get());
  if (!kind) return unusable("a key is neither RSA, nor of the curves P-256, P-384 and P-521, nor Ed25519");
  if (*kind == Kind::rsa) {
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits < kMinRsaBits || bits > kMaxRsaBits) {
      return unusable("an RSA key has " + std::to_string(bits) + " bits, and not between " +
                      std::to_string(kMinRsaBits) + " and " + std::to_string(kMaxRsaBits));
    }
    if (has_weak_exponent(key.get())) return unusable("an RSA key has an exponent that proves nothing");
  } else {
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr), &EVP_PKEY_CTX_free);
    const bool sound = context && EVP_PKEY_public_check(context.get()) == 1;
    ERR_clear_error();
    if (!sound) return unusable("a key is not a point of its curve");
  }
  VerificationKey made;
  made.kind_ = *kind;
  made.public_key_ = std::move(key);
  return made;
}

VerificationKey VerificationKey::of_secret(core::Secret secret) {
  VerificationKey made;
  made.secret_ = std::move(secret);
  return made;
}

bool VerificationKey::serves(JwtAlgorithm algorithm) const {
  return kind_for(algorithm) == kind_ && (!only || *only == algorithm);
}

bool VerificationKey::verifies(JwtAlgorithm algorithm, std::string_view text, std::string_view signature) const {
  if (!serves(algorithm) || signature.empty()) return false;
  if (kind_ == Kind::secret) return hmac_verifies(digest_of(algorithm), secret_, text, signature);
  std::string der;
  if (const std::size_t size = ecdsa_number_size(algorithm); size != 0) {
    der = der_of_ecdsa(signature, size);
    if (der.empty()) return false;
    signature = der;
  }
  const bool matches = public_key_verifies(public_key_.get(), algorithm, text, signature);
  // A failed check leaves its reason in the thread's queue, where TLS would come upon it.
  ERR_clear_error();
  return matches;
}

}  // namespace sqlproxy::identity
