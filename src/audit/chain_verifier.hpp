#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/hash_chain.hpp"

namespace sqlproxy::audit {

// Checks the lines of one trail, in order. After a fault it goes on from the faulty line, so that one fault is not told
// again with every line that follows. Knows no files.
class ChainVerifier {
 public:
  // What is wrong with the next line (without its newline); nothing when it is sound.
  [[nodiscard]] std::optional<std::string> check(std::string_view line);

  [[nodiscard]] std::uint64_t first_sequence() const { return first_sequence_; }
  [[nodiscard]] std::uint64_t last_sequence() const { return last_sequence_; }
  [[nodiscard]] const std::string& last_hash() const { return last_hash_; }  // empty: not chained
  [[nodiscard]] std::uint64_t overflow_gaps() const { return overflow_gaps_; }
  [[nodiscard]] std::uint64_t events_dropped() const { return events_dropped_; }
  // The trail is there from its very first event on.
  [[nodiscard]] bool begins_at_start() const { return begins_at_start_; }
  // The last line is that of a graceful stop.
  [[nodiscard]] bool ends_with_stop() const { return ends_with_stop_; }

 private:
  LineHasher hasher_;
  bool any_ = false;
  bool begins_at_start_ = false;
  bool ends_with_stop_ = false;
  std::uint64_t first_sequence_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::string last_hash_;
  std::uint64_t overflow_gaps_ = 0;
  std::uint64_t events_dropped_ = 0;
};

}  // namespace sqlproxy::audit
