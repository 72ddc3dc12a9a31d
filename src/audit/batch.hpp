#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "audit/event.hpp"
#include "audit/event_encoder.hpp"
#include "audit/hash_chain.hpp"
#include "audit/sink.hpp"

namespace sqlproxy::audit {

// Turns events into lines: gives each its sequence number and its place in the chain, and collects them for one write.
// Belongs to the writer thread. A line that was added is never changed or numbered anew, however often its write
// has to be repeated.
class Batch {
 public:
  // `position`: the last line that is stored. `chain`, `format`: of [audit.file].
  Batch(std::string node_id, bool chain, LineFormat format, const TrailPosition& position);

  void add(const Event& event);
  // Accounts for `dropped` events: skips as many sequence numbers, then adds the overflow event that says so.
  void add_overflow(std::uint64_t dropped, core::WallTime now);

  [[nodiscard]] bool empty() const { return events_ == 0; }
  [[nodiscard]] bool full() const;
  [[nodiscard]] const std::string& lines() const { return lines_; }
  [[nodiscard]] std::size_t events() const { return events_; }
  [[nodiscard]] std::uint64_t first_sequence() const { return first_sequence_; }

  // Where the trail stands behind the last line.
  [[nodiscard]] std::uint64_t last_sequence() const { return last_sequence_; }
  // For lines that are added from now on. A chain that begins now begins anew.
  void use(LineFormat format, bool chain);

  // Begins the next batch.
  void clear();

 private:
  EventEncoder encoder_;
  std::optional<HashChain> chain_;
  std::uint64_t last_sequence_;
  std::string lines_;
  std::size_t events_ = 0;
  std::uint64_t first_sequence_ = 0;
};

}  // namespace sqlproxy::audit
