#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "backend/pool_key.hpp"
#include "backend/server_connection.hpp"
#include "core/clock.hpp"

namespace sqlproxy::backend {

// What administrators see of one server connection.
struct ServerReport {
  enum class State {
    active,          // a client's
    idle,            //
    used,            // idle for so long that it is asked for a sign of life before its next use
    tested,          // asked for one, or reset
    being_canceled,  // nobody's before a cancel request under way to it has arrived
  };

  ServerConnection::Id id = 0;  // of this worker's connections
  PoolKey pool;
  State state = State::idle;
  std::string address;
  std::uint16_t port = 0;
  std::string local_address;
  std::uint16_t local_port = 0;
  core::TimePoint opened_at;
  core::TimePoint idle_since;
  bool closes = false;  // when it is released
  std::int32_t process_id = 0;
  std::string tls;  // "TLSv1.3"; empty: none
  std::string application_name;
  std::size_t prepared_statements = 0;
};

[[nodiscard]] std::string_view name_of(ServerReport::State state);

}  // namespace sqlproxy::backend
