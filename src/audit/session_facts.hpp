#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sqlproxy::audit {

// Who is talking: the part of an event that stays the same from one statement of a session to the next.
//
// A session makes one object after login and shares it with all its events; when something in it changes (SET
// application_name), it makes a new one. Immutable once shared, so safe to read from the writer thread.
// An empty string means unknown and is written as null.
struct SessionFacts {
  std::string session_id;
  std::string client_ip;                     // textual address; empty for Unix-domain sockets
  std::optional<std::uint16_t> client_port;  // none for Unix-domain sockets
  std::string tls;                           // protocol version such as "TLSv1.3"; empty: no TLS
  std::string application_name;
  std::string user;
  std::vector<std::string> roles;
  std::string tenant;
  std::string database;
};

}  // namespace sqlproxy::audit
