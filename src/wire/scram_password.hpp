#pragma once

#include <optional>
#include <string_view>

#include "wire/scram_client.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::wire {

// The keys with which one can log in to whoever holds `verifier`; none unless `password` is what it was made of. Costs
// the verifier's iterations in HMACs, and takes the same time either way.
[[nodiscard]] std::optional<ScramClient::Keys> scram_keys_of_password(std::string_view password,
                                                                      const ScramVerifier& verifier);

}  // namespace sqlproxy::wire
