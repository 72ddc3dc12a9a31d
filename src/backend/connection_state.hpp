#pragma once

#include <cstdint>

#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// What former clients have left on a server connection and the pool knows of: it need not be undone before another
// client comes, but whoever comes has to look at it. Owned by the connection, and travels with it.
struct ConnectionState {
  // Session-level settings that have been set on it beyond its start-up, each name once, with the server's own spelling
  // of the value. "role" and "session_authorization" are among them unless they have their initial value.
  Settings applied;
  // Whose currval() and lastval() it holds; 0: nobody's.
  std::uint64_t sequence_client = 0;
  // Whose code, which nobody has read, may have made settings on it that no server lists; 0: nobody's.
  std::uint64_t opaque_client = 0;
  // A schema for temporary objects has been made on it, which stays when they go.
  bool temporary_schema = false;

  // After DISCARD ALL.
  void clear() { *this = {.applied = {}, .temporary_schema = temporary_schema}; }
};

}  // namespace sqlproxy::backend
