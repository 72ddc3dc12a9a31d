#include "wire/library_versions.hpp"

#include <openssl/crypto.h>

namespace sqlproxy::wire {

std::vector<core::LibraryVersion> library_versions() {
  return {{"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)}};
}

}  // namespace sqlproxy::wire
