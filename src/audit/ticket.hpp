#pragma once

#include <cstdint>

namespace sqlproxy::audit {

// The receipt for a submitted event. Tickets of one Trail rise in the order in which the events will be written.
struct Ticket {
  std::uint64_t number = 0;

  // False: the queue was full (or the trail stopped), the event was dropped and counted.
  [[nodiscard]] bool accepted() const { return number != 0; }
};

}  // namespace sqlproxy::audit
