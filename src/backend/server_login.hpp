#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "backend/server_target.hpp"
#include "core/result.hpp"
#include "net/input_buffer.hpp"
#include "net/stream.hpp"

namespace sqlproxy::backend {

// What a server says of itself while a connection is set up.
struct ServerGreeting {
  // ParameterStatus in the order received.
  Settings parameters;
  std::int32_t process_id = 0;
  std::string cancel_key;
  // NoticeResponse messages, whole, in the order received: they are the client's to see.
  std::string notices;
};

// Why a connection could not be set up, and who has to do with it.
struct LoginFailure {
  enum class Cause {
    network,     // not reached, TLS refused, or gone
    refused,     // the server's own ErrorResponse: `error` is it, word for word
    credentials  // we could not prove who we are, or the server could not
  };
  Cause cause = Cause::network;
  core::Error error;
};

using LoginResult = std::variant<ServerGreeting, LoginFailure>;

// Asks for TLS as the target says. One byte is read as the answer, and an ErrorResponse to SSLRequest is not shown to
// anybody: it comes from a server that has not proved who it is (protocol.md, 1.2.3 and 1.2.4).
[[nodiscard]] net::Task<core::Status> start_server_tls(net::Stream& stream, const ServerTarget& target);

// Sends the StartupMessage, authenticates, and reads up to the first ReadyForQuery. `buffer` may hold bytes afterwards
// only if the server sent some behind it.
[[nodiscard]] net::Task<LoginResult> log_in(net::Stream& stream, net::InputBuffer& buffer, const ServerTarget& target,
                                            const StartupSettings& settings);

}  // namespace sqlproxy::backend
