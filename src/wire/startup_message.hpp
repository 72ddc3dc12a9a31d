#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "wire/protocol_version.hpp"

namespace sqlproxy::wire {

// A client's StartupMessage, read by PostgreSQL's rules (tcop/backend_startup.c, ProcessStartupPacket;
// protocol.md 1.6). Unlike other decoded messages it owns its bytes, because a session keeps it for its whole life.
struct StartupMessage {
  enum class Replication { none, physical, logical };
  struct Parameter {
    std::string name;
    std::string value;
    friend bool operator==(const Parameter&, const Parameter&) = default;
  };

  ProtocolVersion version = kProtocol30;
  // At most 63 bytes; never empty after decode().
  std::string user;
  // At most 63 bytes; the user's name when the client gave none.
  std::string database;
  Replication replication = Replication::none;
  // The `options` parameter as sent; split_options() reads it. PostgreSQL applies it before `parameters`.
  std::string options;
  // Settings in the order sent, each name once (compared without case, as settings are): of duplicates the last one
  // stays.
  std::vector<Parameter> parameters;
  // Protocol extensions, with values; names begin with "_pq_.". Never settings. The names of those that are not known
  // have to go back in a NegotiateProtocolVersion.
  std::vector<Parameter> protocol_options;

  // `body` is what follows the length word, the version code included. Errors end the connection (FATAL):
  // 0A000 another major version than 3; 08P01 broken layout, `user` or `database` twice; 28000 no user; 22023 a
  // `replication` that is neither a boolean nor "database".
  [[nodiscard]] static core::Result<StartupMessage> decode(std::string_view body);

  // Appends the packet, length word included, in the order user, database, replication, options, parameters, protocol
  // options; empty ones are left out. Fails on a zero byte within a string and on more than kMaxStartupBody bytes.
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
