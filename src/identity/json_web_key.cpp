#include "identity/json_web_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "identity/base64url.hpp"
#include "identity/json_object.hpp"

namespace sqlproxy::identity {
namespace {

using nlohmann::json;
using PublicKey = VerificationKey::PublicKey;
using Parameters = std::unique_ptr<OSSL_PARAM_BLD, decltype(&OSSL_PARAM_BLD_free)>;
using Number = std::unique_ptr<BIGNUM, decltype(&BN_free)>;

// Of 8192 bits, and more than any other member needs.
constexpr std::size_t kMaxNumberSize = 1024;

struct Curve {
  std::string_view name;
  const char* group;
  std::size_t number_size;
};
constexpr Curve kCurves[] = {{"P-256", "P-256", 32}, {"P-384", "P-384", 48}, {"P-521", "P-521", 66}};

core::Error unusable(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kConfigFileError, std::move(message));
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The member as text; none when it is absent or of another type.
std::optional<std::string> text_of(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// The member's bytes; empty when there are none.
std::string bytes_in(const json& key, const char* name) {
  const auto text = text_of(key, name);
  auto bytes = text ? base64url_decode(*text) : std::nullopt;
  if (!bytes || bytes->size() > kMaxNumberSize) return {};
  return *std::move(bytes);
}

PublicKey key_of(const char* type, const Parameters& parameters) {
  EVP_PKEY* key = nullptr;
  const std::unique_ptr<OSSL_PARAM, decltype(&OSSL_PARAM_free)> list(OSSL_PARAM_BLD_to_param(parameters.get()),
                                                                     &OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), &EVP_PKEY_CTX_free);
  if (!list || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, list.get()) != 1) {
    return nullptr;
  }
  return {key, &EVP_PKEY_free};
}

PublicKey rsa_key(const json& key) {
  const std::string modulus = bytes_in(key, "n");
  const std::string exponent = bytes_in(key, "e");
  if (modulus.empty() || exponent.empty()) return nullptr;
  const Number n(BN_bin2bn(bytes_of(modulus), static_cast<int>(modulus.size()), nullptr), &BN_free);
  const Number e(BN_bin2bn(bytes_of(exponent), static_cast<int>(exponent.size()), nullptr), &BN_free);
  const Parameters parameters(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  if (!n || !e || OSSL_PARAM_BLD_push_BN(parameters.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(parameters.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return key_of("RSA", parameters);
}

PublicKey elliptic_key(const json& key, const Curve& curve) {
  const std::string x = bytes_in(key, "x");
  const std::string y = bytes_in(key, "y");
  if (x.size() != curve.number_size || y.size() != curve.number_size) return nullptr;
  const std::string point = '\x04' + x + y;
  const Parameters parameters(OSSL_PARAM_BLD_new(), &OSSL_PARAM_BLD_free);
  if (OSSL_PARAM_BLD_push_utf8_string(parameters.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(parameters.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return nullptr;
  }
  return key_of("EC", parameters);
}

PublicKey ed25519_key(const json& key) {
  const std::string x = bytes_in(key, "x");
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()), &EVP_PKEY_free};
}

// None: of a kind that is not known here.
std::optional<PublicKey> public_key_of(const json& key) {
  const std::string type = text_of(key, "kty").value_or("");
  const std::string curve_name = text_of(key, "crv").value_or("");
  if (type == "RSA") return rsa_key(key);
  if (type == "OKP" && curve_name == "Ed25519") return ed25519_key(key);
  if (type != "EC") return std::nullopt;
  for (const Curve& curve : kCurves) {
    if (curve.name == curve_name) return elliptic_key(key, curve);
  }
  return std::nullopt;
}

// Its owner means it to be used for signatures.
bool is_for_signatures(const json& key) {
  if (key.contains("use") && text_of(key, "use") != "sig") return false;
  const auto operations = key.find("key_ops");
  if (operations == key.end()) return true;
  return operations->is_array() && std::ranges::find(*operations, json("verify")) != operations->end();
}

// None: a key that is passed over.
core::Result<std::optional<VerificationKey>> parse_key(const json& key) {
  if (!key.is_object() || !key.contains("kty")) return unusable("one of its keys lacks \"kty\"");
  if (text_of(key, "kty") == "oct") return unusable("it holds a symmetric key, which belongs into \"secret\"");
  if (key.contains("d")) return unusable("it holds a private key");
  if (!is_for_signatures(key)) return std::optional<VerificationKey>();
  std::optional<JwtAlgorithm> only;
  if (key.contains("alg")) {
    only = algorithm_named(text_of(key, "alg").value_or(""));
    if (!only) return std::optional<VerificationKey>();
  }
  auto public_key = public_key_of(key);
  if (!public_key) return std::optional<VerificationKey>();
  if (!*public_key) return unusable("one of its keys is broken");
  auto made = VerificationKey::of_public_key(*std::move(public_key));
  if (!made) return std::move(made).error();
  if (key.contains("kid") && !text_of(key, "kid")) return unusable("the \"kid\" of one of its keys is no string");
  made->id = text_of(key, "kid").value_or("");
  made->only = only;
  if (only && !made->serves(*only)) return unusable("the \"alg\" of one of its keys does not fit its \"kty\"");
  return std::optional<VerificationKey>(*std::move(made));
}

}  // namespace

core::Result<std::vector<VerificationKey>> parse_json_web_keys(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  const auto document = parse_json_object(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
  if (!document) return unusable("it is no sound JSON");
  json entries = json::array({*document});
  if (const auto listed = document->find("keys"); listed != document->end()) entries = *listed;
  if (!entries.is_array()) return unusable("its \"keys\" are no array");
  std::vector<VerificationKey> keys;
  for (const json& entry : entries) {
    auto key = parse_key(entry);
    if (!key) return std::move(key).error();
    if (*key) keys.push_back(**std::move(key));
  }
  return keys;
}

}  // namespace sqlproxy::identity
