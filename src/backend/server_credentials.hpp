#pragma once

#include <variant>

#include "core/secret.hpp"
#include "wire/scram_client.hpp"

namespace sqlproxy::backend {

// "md5" and 32 digits, as pg_authid holds it: serves servers that ask for md5, and no others.
struct Md5Hash {
  core::Secret text;
};

// What proves to a server who we are: a password, the SCRAM keys that a client's own login gave away, or the md5 hash
// of its password.
using ServerCredentials = std::variant<core::Secret, wire::ScramClient::Keys, Md5Hash>;

// Takes time that does not depend on the secrets.
[[nodiscard]] bool same_credentials(const ServerCredentials& a, const ServerCredentials& b);

}  // namespace sqlproxy::backend
