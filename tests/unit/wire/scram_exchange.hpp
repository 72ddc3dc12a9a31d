#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "wire/scram_client.hpp"
#include "wire/scram_server.hpp"

namespace sqlproxy::wire::testing {

// Where a third party may change what goes over the wire.
enum class ScramMessage { client_first, server_first, client_final, server_final };
using Tamper = std::function<void(ScramMessage, std::string&)>;

// How an exchange ended: at most one side has an error, and then the other never succeeded.
struct ScramOutcome {
  std::optional<core::Error> server_error;
  std::optional<core::Error> client_error;
  [[nodiscard]] bool succeeded() const { return !server_error && !client_error; }
};

// Runs a whole exchange, with `tamper` between the two sides.
inline ScramOutcome exchange(ScramServer& server, ScramClient& client, bool offer_plus, const Tamper& tamper = {}) {
  const auto changed = [&](ScramMessage which, std::string_view data) {
    std::string text(data);
    if (tamper) tamper(which, text);
    return text;
  };
  const auto offered = ScramServer::mechanisms(offer_plus);
  const auto initial = client.start(offered);
  if (!initial) return {{}, initial.error()};
  const std::string client_first = changed(ScramMessage::client_first, *initial->data);
  const auto challenge = server.handle_initial({initial->mechanism, client_first});
  if (!challenge) return {challenge.error(), {}};
  const auto response = client.handle_continue(changed(ScramMessage::server_first, challenge->data));
  if (!response) return {{}, response.error()};
  const auto outcome = server.handle_response(changed(ScramMessage::client_final, *response));
  if (!outcome) return {outcome.error(), {}};
  const auto status = client.handle_final(changed(ScramMessage::server_final, outcome->data));
  if (!status) return {{}, status.error()};
  return {};
}

}  // namespace sqlproxy::wire::testing
