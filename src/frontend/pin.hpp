#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sqlproxy::frontend {

// Why a session keeps its server connection between two transactions: what it has made there cannot follow it.
enum class Pin : std::uint8_t {
  session_pooling = 1 << 0,    // pool_mode = "session"
  temporary_objects = 1 << 1,  // tables, views, functions ... in pg_temp
  advisory_locks = 1 << 2,     // of the session
  held_cursors = 1 << 3,       // DECLARE ... WITH HOLD
  channels = 1 << 4,           // LISTEN, until the hub has taken over
  prepared_names = 1 << 5,     // made by code that the proxy does not see
  unknown = 1 << 6,            // the server did not answer the question what there is
  lasting = 1 << 7,            // what not even DISCARD ALL undoes: a library, the random seed ...
};
inline constexpr std::size_t kPins = 8;

[[nodiscard]] constexpr unsigned bit(Pin pin) {
  return static_cast<unsigned>(pin);
}

// "temporary_objects", as metrics and the console say it.
[[nodiscard]] constexpr std::string_view name_of(Pin pin) {
  switch (pin) {
    case Pin::session_pooling: return "session_pooling";
    case Pin::temporary_objects: return "temporary_objects";
    case Pin::advisory_locks: return "advisory_locks";
    case Pin::held_cursors: return "held_cursors";
    case Pin::channels: return "channels";
    case Pin::prepared_names: return "prepared_names";
    case Pin::unknown: return "unknown";
    case Pin::lasting: return "lasting";
  }
  return "unknown";
}

}  // namespace sqlproxy::frontend
