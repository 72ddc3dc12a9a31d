#pragma once

#include <cstdint>
#include <string_view>

namespace sqlproxy::frontend {

// What the proxy asks a server on its own account, between the statements of a client.
enum class OwnQuery : std::uint8_t {
  replay,     // sets the client's settings, and what it listens to
  probe,      // reads what the client has left behind
  hand_over,  // has the hub listen in the connection's place
};

// Told of the answers, in order. A query ends with on_own_end(), after an error too.
class OwnQueryObserver {
 public:
  virtual ~OwnQueryObserver() = default;
  // `body` is a DataRow's.
  virtual void on_own_row(OwnQuery query, std::string_view body) = 0;
  // `body` is an ErrorResponse's.
  virtual void on_own_error(OwnQuery query, std::string_view body) = 0;
  virtual void on_own_end(OwnQuery query) = 0;
};

}  // namespace sqlproxy::frontend
