#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "core/error.hpp"
#include "net/stream.hpp"
#include "wire/startup_message.hpp"

namespace sqlproxy::frontend {

// A CancelRequest; the key is a copy.
struct CancelDemand {
  std::int32_t process_id = 0;
  std::string key;
};

// The connection ends: with a FATAL error when `error` is set, otherwise without a word.
struct StartupEnd {
  std::optional<core::Error> error;
};

using StartupOutcome = std::variant<wire::StartupMessage, CancelDemand, StartupEnd>;

// Reads what a client sends before authentication, answers its requests for encryption, and returns what it wants
// (protocol.md, section 1). Reads no byte beyond the packets that it understands. `tls` null: TLS is not offered.
// The caller bounds it in time.
[[nodiscard]] net::Task<StartupOutcome> negotiate_startup(net::Stream& stream,
                                                          std::shared_ptr<const net::TlsServerContext> tls);

}  // namespace sqlproxy::frontend
