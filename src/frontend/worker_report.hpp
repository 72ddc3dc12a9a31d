#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/session_facts.hpp"
#include "backend/server_report.hpp"
#include "core/clock.hpp"
#include "frontend/pin.hpp"

namespace sqlproxy::frontend {

enum class ClientState {
  login,    // not logged in yet
  idle,     // no server connection, and nothing to do
  active,   // holds a server connection
  waiting,  // for one
  console,  // of the SQL console
};
inline constexpr std::size_t kClientStates = 5;
[[nodiscard]] std::string_view name_of(ClientState state);

// What administrators see of one client. A copy: nothing of it refers to the session.
struct ClientReport {
  std::uint64_t id = 0;
  ClientState state = ClientState::login;
  std::shared_ptr<const audit::SessionFacts> facts;
  // Of its server connections; none for the console and during login.
  std::optional<backend::PoolKey> pool;
  std::string address;
  std::uint16_t port = 0;
  std::string local_address;
  std::uint16_t local_port = 0;
  core::WallTime connected_at;
  core::WallTime requested_at;               // when its last message came
  core::Duration waiting{0};                 // for a server connection, so far
  bool closes = false;                       // at its next transaction boundary
  std::int32_t process_id = 0;               // as the client has been told
  backend::ServerConnection::Id server = 0;  // of its worker; 0: none
  unsigned pins = 0;                         // a set of Pin
  std::size_t prepared_statements = 0;
};

// A statement that clients have prepared: its normalized text, and its name on server connections, if it has one there.
struct PreparedReport {
  std::string text;
  std::string server_name;
  std::size_t clients = 0;
};

// What administrators see of a worker at one moment, made on its own thread.
struct WorkerReport {
  std::vector<ClientReport> clients;
  std::vector<backend::ServerReport> servers;
};

// The same in numbers: made often, however many clients there are.
struct WorkerSummary {
  std::array<std::size_t, kClientStates> clients{};
  std::map<backend::PoolKey, std::array<std::size_t, 5>> servers;  // by ServerReport::State
  std::array<std::size_t, kPins> pinned{};                         // clients by the number of the Pin's bit
  std::uint64_t parse_cache_hits = 0;
  std::uint64_t parse_cache_misses = 0;
  std::size_t parse_cache_entries = 0;
  std::size_t parse_cache_bytes = 0;
  std::uint64_t server_logins = 0;
  std::uint64_t failed_server_logins = 0;
};

}  // namespace sqlproxy::frontend
