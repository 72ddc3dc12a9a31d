#include "wire/md5_password.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>

#include "core/secret.hpp"

namespace sqlproxy::wire {
namespace {

constexpr std::string_view kPrefix = "md5";

// "md5" and the hexadecimal MD5 of `a` followed by `b`.
core::Result<std::string> md5_text(std::string_view a, std::string_view b) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (!context || EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), a.data(), a.size()) != 1 ||
      EVP_DigestUpdate(context.get(), b.data(), b.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) {
    return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kInternalError,
                            "could not encrypt password: the cryptographic library provides no MD5");
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text(kPrefix);
  for (unsigned i = 0; i < size; ++i) {
    text.push_back(kHex[digest[i] >> 4]);
    text.push_back(kHex[digest[i] & 0x0f]);
  }
  return text;
}

}  // namespace

core::Result<std::string> md5_verifier(std::string_view password, std::string_view user) {
  return md5_text(password, user);
}

core::Result<std::string> md5_response(std::string_view verifier, std::string_view salt) {
  return md5_text(verifier.substr(kPrefix.size()), salt);
}

bool check_md5_response(std::string_view response, std::string_view verifier, std::string_view salt) {
  const core::Result<std::string> expected = md5_response(verifier, salt);
  return expected && core::constant_time_equal(response, *expected);
}

}  // namespace sqlproxy::wire
