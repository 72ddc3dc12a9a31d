#include "identity/key_file.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <iterator>
#include <string>

#include "identity/json_web_key.hpp"

namespace sqlproxy::identity {
namespace {

// Far more than kMaxKeys of the largest.
constexpr std::size_t kMaxFileSize = std::size_t{256} << 10;

core::Error unusable(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kConfigFileError, std::move(message));
}

VerificationKey::PublicKey key_of_block(std::string_view name, const unsigned char* data, long size) {
  const unsigned char* end = data;
  if (name == PEM_STRING_PUBLIC) return {d2i_PUBKEY(nullptr, &end, size), &EVP_PKEY_free};
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(d2i_X509(nullptr, &end, size), &X509_free);
  return {certificate ? X509_get_pubkey(certificate.get()) : nullptr, &EVP_PKEY_free};
}

// One block of PEM text.
core::Result<VerificationKey> parse_block(std::string_view name, const unsigned char* data, long size) {
  if (name.find("PRIVATE KEY") != std::string_view::npos) return unusable("it holds a private key");
  if (name != PEM_STRING_PUBLIC && name != PEM_STRING_X509) {
    return unusable("it holds a block that is neither PUBLIC KEY nor CERTIFICATE");
  }
  VerificationKey::PublicKey key = key_of_block(name, data, size);
  if (!key) return unusable("a " + std::string(name) + " block cannot be read");
  return VerificationKey::of_public_key(std::move(key));
}

core::Result<std::vector<VerificationKey>> parse_pem(std::string_view text) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> input(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                        &BIO_free);
  std::vector<VerificationKey> keys;
  for (;;) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long size = 0;
    if (!input || PEM_read_bio(input.get(), &name, &header, &data, &size) != 1) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      if (!at_end) return unusable("it is no sound PEM text");
      return keys;
    }
    auto key = parse_block(name, data, size);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    if (!key) return std::move(key).error();
    keys.push_back(*std::move(key));
  }
}

}  // namespace

core::Result<std::vector<VerificationKey>> parse_keys(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const bool json = start != std::string_view::npos && text[start] == '{';
  ERR_clear_error();
  auto keys = json ? parse_json_web_keys(text.substr(start)) : parse_pem(text);
  ERR_clear_error();
  if (!keys) return keys;
  if (keys->empty()) return unusable("it holds no public key for signatures");
  if (keys->size() > kMaxKeys) return unusable("it holds more than " + std::to_string(kMaxKeys) + " keys");
  return keys;
}

core::Result<std::vector<VerificationKey>> read_keys(const std::filesystem::path& path) {
  const std::string what = "could not use the keys in \"" + path.string() + "\": ";
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFileSize + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !file.eof()) return unusable(what + (file.is_open() ? "it is too large" : "it cannot be read"));
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto keys = parse_keys(text);
  if (!keys) return unusable(what + keys.error().message);
  return keys;
}

}  // namespace sqlproxy::identity
