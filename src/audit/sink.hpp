#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::audit {

// How safe an event has to be before whoever waits for it goes on.
enum class Durability {
  batch,  // nobody waits; written within 100 ms
  write,  // handed to the operating system: survives the proxy, not the machine
  fsync,  // on stable storage
};

// Where a trail stands: the last line that is stored.
struct TrailPosition {
  std::uint64_t sequence = 0;  // 0: nothing was ever written
  std::string hash;            // lower-case hexadecimal; empty: that line is not chained, or there is none
  bool clean_stop = true;      // the line is the one that a graceful stop leaves; true when there is none
};

// A place where encoded events end up. Owned by one Trail and called by its writer thread only, except for
// request_reopen().
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // Called once, before anything else: opens the place and finds out where the trail stands.
  [[nodiscard]] virtual core::Result<TrailPosition> open() = 0;

  // Stores whole lines, each ending in a newline. All or nothing: after an error none of `lines` is stored, and the
  // same call may be made again. With Durability::fsync it returns only once they are on stable storage.
  // `first_sequence` is the sequence_num of the first line.
  [[nodiscard]] virtual core::Status store(std::string_view lines, std::uint64_t first_sequence,
                                           Durability durability) = 0;

  // Housekeeping that does not wait for events (rotation at midnight, a file that was moved away). Called every 100 ms
  // or so, also while store() fails. An error says that store() would fail.
  [[nodiscard]] virtual core::Status maintain() { return {}; }

  // Things worth an event of their own that happened since the last call, as whole sentences.
  [[nodiscard]] virtual std::vector<std::string> take_notices() { return {}; }

  // Any thread, any time (SIGHUP): opens the place anew at the next maintain() or store().
  virtual void request_reopen() {}
};

}  // namespace sqlproxy::audit
