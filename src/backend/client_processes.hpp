#pragma once

#include <cstdint>

#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// Knows which clients go by the ids of which server processes: in transaction pooling a client is told the id of the
// process that it met at its login, and somebody may have that process terminated while nobody uses it. Thread-safe.
class ClientProcesses {
 public:
  enum class Loss : std::uint8_t {
    suspected,  // the process was told to end; whether it alone or its whole server is not known yet
    confirmed,  // it alone: as PostgreSQL would, the session of that id ends
    refuted,    // the server itself went down: its clients find another connection when it is back
  };

  ClientProcesses() = default;
  ClientProcesses(const ClientProcesses&) = delete;
  ClientProcesses& operator=(const ClientProcesses&) = delete;
  virtual ~ClientProcesses() = default;

  [[nodiscard]] virtual bool taken(const ServerTarget& target, std::int32_t process_id) const = 0;
  // Each `suspected` is followed by one of the others.
  virtual void lost(const ServerTarget& target, std::int32_t process_id, Loss loss) const = 0;
};

}  // namespace sqlproxy::backend
