#include "audit/hash_chain.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

namespace sqlproxy::audit {

struct LineHasher::Context {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* digest = EVP_MD_CTX_new();

  ~Context() {
    EVP_MD_CTX_free(digest);
    EVP_MD_free(algorithm);
  }
};

LineHasher::LineHasher() : context_(std::make_unique<Context>()) {}
LineHasher::~LineHasher() = default;

std::string LineHasher::hash(std::string_view prev_hash, std::string_view open_line, std::string_view end) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  EVP_MD_CTX* const digest = context_->digest;
  const bool hashed = EVP_DigestInit_ex2(digest, context_->algorithm, nullptr) == 1 &&
                      EVP_DigestUpdate(digest, prev_hash.data(), prev_hash.size()) == 1 &&
                      EVP_DigestUpdate(digest, open_line.data(), open_line.size()) == 1 &&
                      EVP_DigestUpdate(digest, end.data(), end.size()) == 1 &&
                      EVP_DigestFinal_ex(digest, bytes.data(), &size) == 1;
  // SHA-256 in memory fails only where there is no memory or no libcrypto; a trail with made-up hashes would be worse.
  if (!hashed) std::abort();

  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * std::size_t{size});
  for (unsigned int i = 0; i < size; ++i) {
    hex.push_back(kHex[bytes[i] >> 4]);
    hex.push_back(kHex[bytes[i] & 0x0F]);
  }
  return hex;
}

void HashChain::close_line(std::string& out, std::size_t start, std::string_view end) {
  out.append(R"(,"prev_hash":")").append(head_).append("\"");
  head_ = hasher_.hash(head_, std::string_view(out).substr(start), end);
  out.append(R"(,"hash":")").append(head_).append("\"").append(end).append("\n");
}

void close_line_unchained(std::string& out, std::string_view end) {
  out.append(",\"prev_hash\":null,\"hash\":null").append(end).append("\n");
}

}  // namespace sqlproxy::audit
